"""Events, the one replay, and the operations that build events."""
