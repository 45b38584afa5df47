"""What can be printed: without characters that drive a terminal or reorder a line."""

from __future__ import annotations

import re
from typing import Any

UNSAFE = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
"""A pattern of a character that could drive a terminal, or reorder what a line says."""


def as_json(value: Any) -> str:
    """Returns a JSON document for people and programs. Characters that are ``UNSAFE`` are JSON escapes."""
    import json

    text = json.dumps(value, ensure_ascii=False, indent=2)
    return re.sub(UNSAFE, lambda found: f"\\u{ord(found[0]):04x}", text)
