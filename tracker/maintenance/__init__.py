"""Checks and repairs of a desk: verify, doctor, git."""
