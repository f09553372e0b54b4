"""A restructuring tried before it is decided: scenarios, comparisons, plans, ensembles."""
