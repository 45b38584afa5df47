"""The desk over HTTP: what is published, and what only a server can answer."""
