"""Measures: the median beat, its bounds, and intervals, axes and heights that are read from them."""
