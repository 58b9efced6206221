"""gRPC: the contract on the wire.

Nothing outside this package imports grpc, and nobody imports this package before it is needed.
"""
