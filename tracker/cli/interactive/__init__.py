"""Dialogs, forms and suggestions for an editor at a terminal."""
