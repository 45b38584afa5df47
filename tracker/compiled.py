"""What templates are compiled to, kept beside them as Python keeps what modules are compiled to.

Compiling them all takes longer than a publication of one new event. What is kept goes by the template's text and
the environment's options, and is only a shortcut: where it is not there, is damaged or cannot be written, the
template is compiled anew.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Mapping

from jinja2.bccache import Bucket, BytecodeCache


class Compiled(BytecodeCache):
    """Keeps bytecode in ``folder``; ``options`` are those of the environment, which decide on it too."""

    def __init__(self, folder: str, options: Mapping[str, object]) -> None:
        self.folder = folder
        self.options = str(sorted(options.items()))

    def get_cache_key(self, name: str, filename: str | None = None) -> str:
        return f"{name}.{sys.implementation.cache_tag}.jinja"

    def get_source_checksum(self, source: str) -> str:
        return super().get_source_checksum(self.options + source)

    def load_bytecode(self, bucket: Bucket) -> None:
        try:
            with open(os.path.join(self.folder, bucket.key), "rb") as file:
                bucket.load_bytecode(file)
        except Exception:  # whatever unpickling makes of a damaged file
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        if sys.dont_write_bytecode:
            return
        path = os.path.join(self.folder, bucket.key)
        aside = f"{path}.{os.getpid()}.new"
        with contextlib.suppress(OSError):
            os.makedirs(self.folder, exist_ok=True)
            try:
                with open(aside, "wb") as file:
                    bucket.write_bytecode(file)
                os.replace(aside, path)
            except OSError:
                os.remove(aside)
