"""The texts of devices."""
