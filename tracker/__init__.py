"""tracker: an event-sourced tracker for developing stories.

``tracker.domain.events`` is the glossary of what can be recorded. docs/architecture.md says where things are and
follows one event through them.
"""

__version__ = "0.1.0"
