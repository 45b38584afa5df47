"""tracker: an event-sourced tracker for developing stories.

The public API, for programs that read, record and publish::

    from tracker import Workspace, moment, publish, view

    desk = Workspace("desk")
    desk.record("my-story", [{"type": "update", "title": "It goes on"}])
    story = view(desk.log.read("my-story"), as_of=moment("2024-01-31"))
    publish(desk)

``__all__`` lists its names, docs/python.md describes them, and ``__init__.pyi`` has their types. What is
not listed may change in any version. ``tracker.domain.events`` is the glossary of what can be recorded, and
docs/architecture.md says where things are.

A name is imported when it is first used, so that ``import tracker`` and the command line stay fast.
"""

__version__ = "0.1.0"

_HOMES = {
    "BadInput": "tracker.errors",
    "FileLog": "tracker.log.files",
    "Recorded": "tracker.text.dates",
    "Story": "tracker.domain.story",
    "TrackerError": "tracker.errors",
    "Workspace": "tracker.workspace.desk",
    "fold": "tracker.domain.fold",
    "init": "tracker.workspace.init",
    "moment": "tracker.text.dates",
    "publish": "tracker.publishing.publisher",
    "verify": "tracker.maintenance.verify",
    "view": "tracker.views.bitemporal",
}
"""The module that defines each public name."""

__all__ = [*_HOMES, "__version__"]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
