"""The organisation through time: history, lineage, differences, correspondences."""
