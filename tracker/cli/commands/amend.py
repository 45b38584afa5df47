"""Commands that amend an earlier event: correct, retract. ``redact.py`` has the third one."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from typing import Any

import click
from msgspec import structs

from tracker.cli.commands import dialogs, forms
from tracker.cli.completion import complete_development
from tracker.cli.options import edit_option, quiet_option, record_options
from tracker.cli.recording import How, Values, correction_of, record, retraction_of
from tracker.cli.terminal import is_interactive, pass_desk
from tracker.domain import values as event_values
from tracker.domain.amend import is_correctable
from tracker.domain.decide import find
from tracker.domain.events import LISTS, REFERENCES, TYPED_OF_IMAGE, Event, Image, fields_of, type_of
from tracker.domain.story import Story
from tracker.errors import BadInput, Unknown
from tracker.text.identity import address_key, name_key
from tracker.text.names import is_link, is_reference, parse_reference
from tracker.workspace.desk import Workspace


@click.command()
@click.argument("development", metavar="STORY#N", required=False, shell_complete=complete_development)
@click.option("--set", "settings", multiple=True, metavar="FIELD=VALUE",
              help="The new value of a field. Nothing after = empties it. Repeatable, also for lists."
              " A source is its address, or a JSON object with url, publisher, quote, …"
              " A further speaker (also) is a name, or an object with speaker, quote, to, …"
              " A picture is a file, and has alt, credit and caption."
              " figures.NAME=VALUE sets one figure and keeps the others.")  # fmt: skip
@click.option("--add", "added", multiple=True, metavar="FIELD=VALUE",
              help="Add to a list (parties, tags, figures, sources, …), keep the rest. Repeatable.")  # fmt: skip
@click.option("--remove", "removed", multiple=True, metavar="FIELD=VALUE",
              help="Remove from a list: a party, a development such as other#3, the name of a figure or speaker,"
              " the address or publisher of a source."
              " Repeatable.")  # fmt: skip
@click.option("--why", help="The reason, for readers.")
@quiet_option
@edit_option
@record_options
@pass_desk
def correct_command(
    desk: Workspace,
    how: How,
    development: str | None,
    settings: tuple[str, ...],
    added: tuple[str, ...],
    removed: tuple[str, ...],
    why: str | None,
    quiet: bool,
    edit: bool,
) -> None:
    """Correct an earlier development, visibly. Readers see both the old and the new values.

    On a terminal, unless both --set and --why are given, $EDITOR opens the development as it stands.
    """
    asks = is_interactive(how.as_json)
    if not (development or asks):
        raise click.UsageError("missing: STORY#N (which development, such as tiktok-openai#7)")
    reference = parse_reference(development) if development else dialogs().wrong_development(desk)
    story = desk.story(reference.slug)
    target = find(story, str(reference))
    typed = _Settings(desk, story, target.event).typed(settings, added, removed)
    how = structs.replace(how, quiet=quiet)
    if edit or (asks and not (typed and why)):
        forms().correct(desk, reference, target, typed, why, how)
        return
    if not (typed and why):
        lacking = "--why (the reason, for readers)" if typed else "--set FIELD=VALUE (the new value)"
        raise click.UsageError(f"missing: {lacking}")
    record(desk, reference.slug, correction_of(desk, reference, target, typed, why, quiet=quiet), how)


@click.command()
@click.argument("development", metavar="STORY#N", required=False, shell_complete=complete_development)
@click.option("--why", help="The reason, for readers.")
@quiet_option
@record_options
@pass_desk
def retract_command(desk: Workspace, how: How, development: str | None, why: str | None, quiet: bool) -> None:
    """Withdraw an earlier event, visibly. Its effects are undone. Readers still see it, struck through.

    On a terminal, the command asks for missing values.
    """
    if not (development and why) and is_interactive(how.as_json):
        dialogs().retract(desk, development, why, structs.replace(how, quiet=quiet))
        return
    if not (development and why):
        lacking = (
            "--why (the reason, for readers)" if development else "STORY#N (which event, such as tiktok-openai#7)"
        )
        raise click.UsageError(f"missing: {lacking}")
    reference = parse_reference(development)
    record(desk, reference.slug, retraction_of(reference, why, quiet=quiet), how)


class _Settings:
    """Makes typed values of the texts that ``tracker correct`` gets about an event."""

    def __init__(self, desk: Workspace, story: Story, event: Event) -> None:
        self.desk = desk
        self.story = story
        self.event = event
        self.fields = {
            field.name: field.kind for field in fields_of(type(event)) if is_correctable(type(event), field.name)
        }
        has_picture = "image" in self.fields
        self.picture = {name: "picture" for name in TYPED_OF_IMAGE[1:] if has_picture and name not in self.fields}
        self.fields |= self.picture

    def typed(self, settings: Sequence[str], added: Sequence[str], removed: Sequence[str]) -> Values:
        """Returns the typed values. A list has its new items and, unless it is set as a whole, its other items.
        Raises BadInput, Unknown."""
        texts: dict[str, list[str]] = {}
        parts = []
        for name, text in (self._split(each, "--set") for each in settings):
            if name.startswith("figures.") and "figures" in self.fields:
                parts.append((name.removeprefix("figures."), text))
            else:
                texts.setdefault(self._known(name), []).append(text)
        typed = {name: _typed(name, self.fields[name], given) for name, given in texts.items()}
        for figure, text in parts:
            typed["figures"] = self._with_figure(self._items("figures", typed), figure, text)
        for name, text in (self._item(each, "--remove") for each in removed):
            items = self._items(name, typed, "--remove")
            text = self._numbered(text) if self.fields[name] in REFERENCES else text
            typed[name] = self._without(name, items, text)
        for name, text in (self._item(each, "--add") for each in added):
            items = self._items(name, typed, "--add")
            typed[name] = [*items, *_typed(name, self.fields[name], [text])]
        return _with_picture(typed, self.picture, getattr(self.event, "image", None))

    def _split(self, setting: str, option: str) -> tuple[str, str]:
        name, equals, text = setting.partition("=")
        if not equals:
            raise BadInput(f"{setting!r} is not FIELD=VALUE, such as occurred=2023-12", field=option)
        return name.strip(), text.strip()

    def _item(self, setting: str, option: str) -> tuple[str, str]:
        """Returns a list and an item of it. ``figures.NAME`` is the figure of that name, as with ``--set``."""
        return self._split(re.sub(r"^figures\.", "figures=", setting.rstrip("=")), option)

    def _known(self, name: str) -> str:
        if name not in self.fields:
            there = f"There are: {', '.join(self.fields)}"
            raise Unknown(f"correctable {type_of(self.event)} field", name, self.fields, there)
        return name

    def _items(self, name: str, typed: Values, option: str = "--set") -> list[Any]:
        """Returns the items of a list as they are so far."""
        kind = self.fields[self._known(name)]
        if kind not in (*LISTS, "figures", "sayings", "sources"):
            raise BadInput(f"{name} is no list; give its value with --set {name}=…", field=option)
        items = list(typed.get(name, event_values.to_values(self.event).get(name, ())))
        return [self._numbered(each) for each in items] if kind in REFERENCES else items

    def _numbered(self, text: str) -> str:
        """Returns a reference to an event as people write it: ``#7``, or ``other#7`` for one of another story."""
        from tracker.domain.forms import reference_as_typed
        from tracker.workspace.links import Numbers

        slug = self.story.slug
        if is_reference(text) and not is_link(text):
            reference = parse_reference(text, slug)
            return f"#{reference.seq}" if reference.slug == slug else str(reference)
        places = {each.id: each.seq for each in self.story.developments}
        return reference_as_typed(text.removeprefix(f"{slug}#"), places, Numbers(self.desk.log))

    def _with_figure(self, items: list[Any], name: str, text: str) -> list[Any]:
        place = self._place(items, name, hint=f". To add it: --add figures.{name}=VALUE")
        return [*items[:place], *([f"{_named(items[place])}={text}"] if text else []), *items[place + 1 :]]

    def _without(self, name: str, items: list[Any], text: str) -> list[Any]:
        place = self._place(items, text, name)
        return [*items[:place], *items[place + 1 :]]

    def _place(self, items: list[Any], name: str, field: str = "figures", hint: str = "") -> int:
        """Returns the place of the one item of this name. Raises BadInput."""
        key = name_key(name)
        names = [list(map(name_key, filter(None, _names(each)))) for each in items]
        found = [place for place, each in enumerate(names) if key in each or _is_address(name, items[place])]
        if len(found) == 1:
            return found[0]
        there = ", ".join(_names(each)[0] for each in items) or "none"
        if found:
            raise BadInput(f"there are several of that name; there are: {there}", field=field)
        raise BadInput(f"{name!r} is not there; there are: {there}{hint}", field=field)


def _names(item: Any) -> list[str]:
    """Returns the names by which an item of a list can be meant, the most telling one first."""
    if not isinstance(item, dict):
        return [str(item).partition("=")[0].strip()]
    if "name" in item:
        party = item.get("party")
        return [f"{party}: {item['name']}", item["name"]] if party else [item["name"]]
    if "speaker" in item:
        return [item["speaker"]]
    return [item.get("url") or item.get("publisher", ""), item.get("publisher", ""), item.get("title", "")]


def _named(item: Any) -> str:
    return _names(item)[-1]


def _is_address(text: str, item: Any) -> bool:
    url = item.get("url") if isinstance(item, dict) else ""
    return bool(url) and "://" in text and address_key(text) == address_key(url)


def _with_picture(typed: Values, names: Container[str], image: Image | None) -> Values:
    """Returns the typed values, with the texts of a picture (``names``) together with its file. A new file keeps
    no text of the old one. Raises BadInput."""
    texts = {name: text for name, text in typed.items() if name in names}
    rest = {name: value for name, value in typed.items() if name not in names}
    if not texts and "image" not in typed:
        return rest
    if "image" in typed:
        if texts and not typed["image"]:
            raise BadInput("describes a picture; it cannot be removed at the same time", field=next(iter(texts)))
        return rest | {"image": {"file": typed["image"], **texts} if typed["image"] else {}}
    if image is None:
        raise BadInput("has no picture; add one with --set image=FILE", field=next(iter(texts)))
    now = {name: getattr(image, name) for name in TYPED_OF_IMAGE}
    return rest | {"image": {**now, **texts}}


def _typed(name: str, kind: str, given: list[str]) -> Any:
    """Returns the typed value of a field from its texts; an empty one if they are empty. Raises BadInput."""
    given = [text for text in given if text]
    if kind in _NAMED_BY:
        return [_item_of(text, _NAMED_BY[kind]) for text in given]
    if kind in (*LISTS, "figures"):
        return given
    if len(given) > 1:
        raise BadInput("takes one value, and was set more than once", field=name)
    return given[0] if given else ""


_NAMED_BY = {"sayings": "speaker", "sources": "url"}
"""The field of an item of a list that may be typed alone."""


def _item_of(text: str, name: str) -> Any:
    """Returns an item from its field ``name``, or from a JSON object with its fields. Raises BadInput."""
    if not text.startswith("{"):
        return {name: text}
    return event_values.parse_json(text.encode("utf-8", "surrogatepass"))
