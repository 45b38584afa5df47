"""Tests of ``tracker/readmodel/``."""
