"""Who is who: identity numbers, the spelling of names, searching and likeness. Pure: no store, no bus, no settings."""
