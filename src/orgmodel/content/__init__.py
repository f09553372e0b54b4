"""What is shown to people, as values: headings, texts, tables and pictures, before anyone writes them in some form."""
