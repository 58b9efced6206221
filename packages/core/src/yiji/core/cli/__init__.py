"""Core's own commands: make a site, serve it, its users, deliveries, audit, database and plugins."""
