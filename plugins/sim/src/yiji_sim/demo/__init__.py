"""``yiji demo``: one order's whole way, over real sockets, on a real recording."""
