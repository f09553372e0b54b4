"""Reports and the explorer: what the library knows, for people who look and print."""
