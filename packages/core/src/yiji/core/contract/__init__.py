"""The published language: every command, query, event and value that crosses a room's door."""
