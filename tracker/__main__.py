"""``python -m tracker``."""

from tracker.start import run

run()
