"""A register in a database: acts are appended, and nothing is lost."""
