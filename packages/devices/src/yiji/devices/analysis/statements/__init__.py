"""Rule sets of statements, as data."""
