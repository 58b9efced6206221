"""Words of the interop wing."""
