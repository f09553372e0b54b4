"""One page on which a history can be explored without a network: what a unit was, what became of it, by which act."""
