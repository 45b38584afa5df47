"""Events, what they do to a story, and the chain that proves their order. No disk, clock or network."""
