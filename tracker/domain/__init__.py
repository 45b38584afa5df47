"""Events, their effects on a story, and the hash chain that proves their order. No disk, clock or network."""
