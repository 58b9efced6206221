"""Waves: where P, QRS and T begin and end in every beat and lead, by a network."""
