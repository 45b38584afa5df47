"""Tests of ``tracker/workspace/``."""
