"""The organisation on one day, and how to choose units of it."""
