"""Tests of ``tracker/publishing/``."""
