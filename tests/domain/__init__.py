"""Tests of ``tracker/domain/``."""
