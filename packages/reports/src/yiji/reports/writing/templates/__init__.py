"""The templates that come with yiji; each is one TOML file."""
