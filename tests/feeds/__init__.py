"""Tests of ``tracker/feeds/``."""
