"""Ways to bring a result to a peer."""
