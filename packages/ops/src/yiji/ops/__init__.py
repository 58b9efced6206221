"""Operating a site: the doctor now; warehouse, backup and acceptance move in later."""
