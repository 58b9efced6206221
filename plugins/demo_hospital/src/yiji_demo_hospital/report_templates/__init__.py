"""The hospital's report templates; each is one TOML file."""
