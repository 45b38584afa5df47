"""Tests of ``tracker/views/``."""
