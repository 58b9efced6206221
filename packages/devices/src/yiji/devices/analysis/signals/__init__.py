"""Traces: filtered, levelled, freed of mains; and how loops over them are compiled."""
