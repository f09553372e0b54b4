"""Files of strangers: every reader is given damaged and crafted input, and answers or tells one of our errors."""
