"""Tests of ``tracker/cli/``."""
