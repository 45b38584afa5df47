"""Values that people type: dates, names, TOML, Markdown, and the messages that refuse them."""
