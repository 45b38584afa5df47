"""tracker: an event-sourced tracker for developing stories.

``tracker.log`` keeps the events, ``tracker.fold`` says what they amount to, ``tracker.history`` at which time,
and ``tracker.events`` is the glossary of what can be recorded.
"""

__version__ = "0.1.0"
