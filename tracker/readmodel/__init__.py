"""The disposable SQLite database, projected from the log."""
