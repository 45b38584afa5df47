"""One desk's folder: its configuration, its log, and recording into it."""
