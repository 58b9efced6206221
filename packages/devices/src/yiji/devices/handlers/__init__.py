"""Commands of devices: each handler takes a batch and gives one outcome each."""
