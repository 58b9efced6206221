"""Beats: where they are, and of which class each is."""
