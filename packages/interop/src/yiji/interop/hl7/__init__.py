"""HL7 v2 as text and values; pure: no database, no bus, no settings."""
