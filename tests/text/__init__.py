"""Tests of ``tracker/text/``."""
