"""Master data as files, both ways: a TOML document, or a folder of sheets (CSV). Nothing here touches a disk."""
