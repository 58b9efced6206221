"""The texts of core."""
