"""A cache of compiled templates, beside the templates, as Python keeps compiled modules.

Compiling all templates takes longer than a publication of one new event. The cache is only a shortcut: if a file
in it is missing or damaged, or cannot be written, the template is compiled again.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Mapping
from functools import cache
from typing import Any

import jinja2
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from jinja2.bccache import Bucket, FileSystemBytecodeCache

from tracker import atomic
from tracker.text import markup
from tracker.text.names import folder_name, type_folder


class Compiled(FileSystemBytecodeCache):
    """A cache of bytecode in ``folder``. An entry is valid for one text of a template and for ``options``, those
    of the environment."""

    def __init__(self, folder: str, options: Mapping[str, object]) -> None:
        super().__init__(folder, "%s")
        self.options = str(sorted(options.items()))

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        return f"{name}.{sys.implementation.cache_tag}.jinja"

    def get_source_checksum(self, source: str) -> str:
        return super().get_source_checksum(self.options + source)

    def load_bytecode(self, bucket: Bucket) -> None:
        try:
            super().load_bytecode(bucket)
        except Exception:  # unpickling a damaged file can raise anything
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Writes the file as jinja2 does, but lets every user of the machine read it."""
        if not sys.dont_write_bytecode:
            with contextlib.suppress(OSError):
                os.makedirs(self.directory, exist_ok=True)
                atomic.replace(os.path.join(self.directory, bucket.key), bucket.bytecode_to_string())


SERVED_HEAD = "<!-- served: head -->"
"""The place in the head of every page at which ``tracker serve`` adds its script and style."""

SERVED_REPLAY = "<!-- served: replay -->"
"""The place after the feeds of a story at which ``tracker serve`` adds the link to the replay feed. No text can
have such a marker: texts are escaped, and Markdown loses its comments."""

TEMPLATES = os.path.join(os.path.dirname(__file__), "templates")


def template(name: str) -> Template:
    return environment().get_template(name)


@cache
def environment() -> Environment:
    """Returns the environment of the templates. It escapes every value that is not marked safe."""
    installed = os.stat(jinja2.__file__).st_mtime_ns  # another version may need other bytecode
    options: dict[str, Any] = {"autoescape": True, "trim_blocks": True, "lstrip_blocks": True}
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        auto_reload=False,
        bytecode_cache=Compiled(os.path.join(TEMPLATES, "__pycache__"), {**options, "installed": installed}),
        **options,
    )
    environment.globals.update(SERVED_HEAD=SERVED_HEAD, SERVED_REPLAY=SERVED_REPLAY)
    environment.filters["markdown"] = markup.to_html
    environment.filters["folder"] = folder_name
    environment.filters["type_folder"] = type_folder
    environment.filters["within"] = _within
    return environment


def _within(address: str, url: str, root: str = "") -> str:
    """Returns the address relative to a page; ``url`` is the site's address, ``root`` the page's path to it."""
    return f"{root}{address.removeprefix(url)}"
