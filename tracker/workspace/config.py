"""The configuration of a workspace, ``tracker.toml``.

This module has no ``from __future__ import annotations``: with it, msgspec evaluates the annotations at start-up.
"""

import os
import re

from msgspec import Struct, structs

from tracker.domain import values as event_values
from tracker.domain.events import Opened
from tracker.errors import BadInput, NoWorkspace
from tracker.text import toml
from tracker.text.names import is_absolute

FILE = "tracker.toml"

MOST_IN_TITLE = 300
"""The greatest number of characters of the desk's title, as of a story's."""

EVENTS = "events"
"""The folder of the log, unless ``tracker.toml`` says otherwise."""

FEEDS = "feeds"
"""The folder of the published files."""


def root_of(start: str) -> str:
    """Returns the folder of the workspace that the folder ``start`` is in. Raises NoWorkspace."""
    folder = os.path.abspath(start)
    if not os.path.isdir(folder):
        raise NoWorkspace(f"{start} is not a folder")
    while not os.path.isfile(os.path.join(folder, FILE)):
        parent = os.path.dirname(folder)
        if parent == folder:
            raise NoWorkspace(
                f"no {FILE} in {os.path.abspath(start)} or above it. Go to a workspace, name one with -C DIR or"
                " TRACKER_HOME, or make one with tracker init DIR"
            )
        folder = parent
    return folder


def is_server(address: str) -> bool:
    """Returns whether the address is that of a log in PostgreSQL, and not a folder."""
    return address.startswith("postgresql://")


class LogConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """``[log]``: the place of the events, a folder relative to the workspace or a PostgreSQL database."""

    url: str = EVENTS

    @property
    def folder(self) -> str:
        """The folder of ``types.toml`` and ``parties.toml``; the stories are in it, too, if they are files."""
        return EVENTS if is_server(self.url) else self.url


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """``tracker.toml``. ``url`` is the address of ``feeds/``; ``id`` names the desk's own feeds for ever;
    ``hub`` is the address of the WebSub hub that the publisher notifies, or empty; ``headers`` says that the
    publisher writes ``_headers`` for a static host; ``rights`` is the notice of rights in every feed,
    or empty. ``timezone`` is the zone of times that are typed without one (an IANA name), ``dollar`` the currency
    that ``$`` means, such as USD; both may be empty.
    ``require_source`` refuses a development without a source."""

    title: str = "Developing stories"
    url: str = "http://localhost:8000/"
    language: str = "en"
    author: str = ""
    id: str = ""
    hub: str = ""
    headers: bool = False
    rights: str = ""
    timezone: str = ""
    dollar: str = ""
    require_source: bool = False
    log: LogConfig = LogConfig()


def read_config(path: str) -> Config:
    """Returns the configuration in a ``tracker.toml``. Raises BadInput with file, line or key."""
    name = os.path.relpath(path)
    try:
        with open(path, "rb") as file:
            return checked_config(file.read(), name)
    except OSError as error:
        raise BadInput(f"{name}: {error.strerror}") from None


def checked_config(text: bytes, name: str) -> Config:
    values = toml.read(text, name, toml.EXAMPLE)
    try:
        config = toml.convert(values, Config)
        _check_config(config)
    except BadInput as error:
        line = toml.line_of(toml.decoded(text), toml.path_of(error.field))
        raise error.at(f"{name}:{line}" if line else name) from None
    return structs.replace(config, url=config.url.rstrip("/") + "/")


def _check_config(config: Config) -> None:
    desk = Opened(title=config.title, language=config.language, editor=config.author)
    for texts, keys in ((desk, {"editor": "author"}), (Opened(title=config.rights), {"title": "rights"})):
        try:
            event_values.check(texts)
            event_values.check_shown(texts)
        except BadInput as error:
            raise BadInput(error.reason, field=keys.get(error.field, error.field)) from None
    if config.id and not re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", config.id):
        raise BadInput(f"{config.id!r} is not a UUID such as tracker init makes", field="id")
    if not config.title.strip() or len(config.title) > MOST_IN_TITLE:
        raise BadInput(f"has to be one to {MOST_IN_TITLE} characters", field="title")
    if "?" in config.url or "#" in config.url or not is_absolute(config.url):
        raise BadInput(f"{config.url!r} is not an address such as https://example.org/stories/", field="url")
    if config.timezone and not re.fullmatch("[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*", config.timezone):
        raise BadInput(f"{config.timezone!r} is no time zone; write one like Europe/Paris", field="timezone")
    if config.dollar and not re.fullmatch("[A-Z]{3}", config.dollar):
        raise BadInput(f"{config.dollar!r} is no currency; write its code, like USD", field="dollar")
    if config.hub and not is_absolute(config.hub):
        raise BadInput(f"{config.hub!r} is not an address such as https://hub.example.org/", field="hub")
    if "\0" in config.log.url or ("://" in config.log.url and not is_server(config.log.url)):
        shown = repr(re.sub("(?<=://).*", "…", config.log.url))  # there may be a password in it
        raise BadInput(f"{shown} is neither a folder such as events nor postgresql://HOST/NAME", field="log.url")
