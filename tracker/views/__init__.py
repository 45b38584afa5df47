"""A story at a point of time, on both time axes, as values."""
