"""How a draft becomes a signed report, and how anyone can tell later that it is still the same."""
