"""Our hospital's own part of yiji."""
