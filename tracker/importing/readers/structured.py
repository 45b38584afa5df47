"""JSON, JSON lines and YAML."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tracker.domain import values as event_values
from tracker.errors import BadInput
from tracker.importing.records import Document, Options, Record, load, needs, text_of
from tracker.importing.templates import search

MOST_NODES = 2_000_000
"""The largest number of values of a YAML document, each alias counted as often as it is used."""


def read_json(path: str, options: Options) -> Document:
    return _found(_json(text_of(load(path), options.encoding)), options)


def read_jsonl(path: str, options: Options) -> Document:
    records = []
    for number, line in enumerate(text_of(load(path), options.encoding).split("\n"), 1):
        if line.strip():
            try:
                value = _json(line)
            except BadInput as error:
                raise error.at(f"line {number}") from None
            if not isinstance(value, dict):
                raise BadInput(f"line {number}: is not a JSON object")
            records.append(Record(value, f"line {number}"))
    return Document(records, [each.values for each in records])


def read_yaml(path: str, options: Options) -> Document:
    return _found(parse_yaml(text_of(load(path), options.encoding)), options)


def _json(text: str) -> Any:
    return event_values.parse_json(text.encode("utf-8", "surrogatepass"), integer=_integer, other=_real)


def _integer(text: str) -> int | str:
    """Returns an integer; as a text if it is so large that it is an id."""
    number = event_values.exact_integer(text)
    return text if number is None else number


def _real(text: str) -> float:
    if text.lstrip("-") in ("NaN", "Infinity"):
        raise BadInput(f"{text} is not a number")
    return float(text)


def _found(root: Any, options: Options) -> Document:
    """Returns the records at the path ``records``, or the list at the top, or the one object there."""
    found = search(options.records, root, "records") if options.records else root
    if isinstance(found, dict):
        found = [found]
    name = options.records or "the top"
    if not isinstance(found, list):
        raise BadInput(f'{name} has no list of records; say in the mapping where they are: records = "…"')
    for number, each in enumerate(found):
        if not isinstance(each, dict):
            raise BadInput(f"{name}[{number}]: is not an object")
    prefix = options.records if options.records.replace("_", "").isalnum() else "record "
    records = [
        Record(each, f"{prefix}[{number}]" if prefix != "record " else f"record {number + 1}")
        for number, each in enumerate(found)
    ]
    return Document(records, root)


def parse_yaml(text: str) -> Any:
    """Returns the value of one YAML document as JSON would have it; dates stay texts. Raises BadInput with the
    line."""
    yaml = needs("yaml")

    class Loader(yaml.SafeLoader):  # type: ignore[misc,name-defined]
        """A safe loader that leaves dates as they are written."""

    Loader.add_constructor("tag:yaml.org,2002:timestamp", Loader.construct_yaml_str)
    loader = Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            raise BadInput("is empty")
        for count, _ in enumerate(_walked(yaml, node, ())):
            if count > MOST_NODES:
                raise BadInput(f"has more than {MOST_NODES:,} values, with its aliases written out")
        return _plain(loader.construct_document(node))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark else ""
        reason = getattr(error, "problem", None) or str(error).partition("\n")[0]
        raise BadInput(f"{where}is not YAML: {reason}") from None
    except (RecursionError, ValueError) as error:
        raise BadInput(f"is not YAML: {error}") from None
    finally:
        loader.dispose()


def _walked(yaml: Any, node: Any, above: tuple[int, ...]) -> Iterator[None]:
    """Yields once for each value. Refuses (BadInput) a value that contains itself, and a key that is there
    twice."""
    yield
    if id(node) in above:
        raise BadInput(f"line {node.start_mark.line + 1}: an alias makes a value contain itself")
    inside = (*above, id(node))
    if isinstance(node, yaml.SequenceNode):
        for each in node.value:
            yield from _walked(yaml, each, inside)
    elif isinstance(node, yaml.MappingNode):
        keys: set[Any] = set()
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in keys:
                    raise BadInput(f"line {key.start_mark.line + 1}: {key.value!r} is there twice")
                keys.add(key.value)
            yield from _walked(yaml, key, inside)
            yield from _walked(yaml, value, inside)


def _plain(value: Any) -> Any:
    """Returns the value with texts as names, and without values that JSON lacks."""
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [_plain(each) for each in value]
    if isinstance(value, (str, int, float)) or value is None:
        return value
    raise BadInput(f"has a value of the kind {type(value).__name__}, which is no text")
