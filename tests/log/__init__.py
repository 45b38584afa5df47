"""Tests of ``tracker/log/``."""
