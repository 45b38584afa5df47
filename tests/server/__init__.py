"""Tests of ``tracker/server/``."""
