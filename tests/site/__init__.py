"""Tests of ``tracker/site/``."""
