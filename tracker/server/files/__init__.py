"""Published files over HTTP: caching, conditional requests, ranges."""
