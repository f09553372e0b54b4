"""The catalogue of laws, a module for each group; :mod:`orgmodel.testing.catalogue.whole` has all of them."""
