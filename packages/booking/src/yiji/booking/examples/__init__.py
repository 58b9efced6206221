"""An example that ships: the rules and the matching catalogue of a large hospital, as TOML, to be edited."""
