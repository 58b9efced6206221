"""Words in zh and en."""
