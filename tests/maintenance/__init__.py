"""Tests of ``tracker/maintenance/``."""
