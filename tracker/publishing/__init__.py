"""Publication of feeds and pages into ``feeds/``."""
