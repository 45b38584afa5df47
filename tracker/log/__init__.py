"""The append-only log of events: files or PostgreSQL."""
