"""The texts of booking."""
