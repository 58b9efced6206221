"""Simulated devices, a stand-in HIS, and the demo that puts them together."""
