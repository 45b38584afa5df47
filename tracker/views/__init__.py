"""Views of a story as values: at a point on both time axes, in lines for people, as JSON for programs."""
