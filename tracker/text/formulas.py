"""Cells of tables that no spreadsheet takes for formulas.

A spreadsheet evaluates a cell that begins with ``=``, ``+``, ``-`` or ``@``, also behind white space, and with the
full-width forms of these (OWASP, *CSV Injection*). Such a cell gets an apostrophe in front. So does one that
already has apostrophes there, so that ``text_of`` takes away exactly what ``harmless`` added.
"""

from __future__ import annotations

import re

_FORMULA = re.compile(r"'*(?:[\t\r\n]|\s*[=+\-@＝＋－＠])")


def harmless(text: str) -> str:
    """Returns the cell of a text."""
    return f"'{text}" if _FORMULA.match(text) else text


def text_of(cell: str) -> str:
    """Returns the text of a cell that ``harmless`` made, or that an editor typed."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell, 1) else cell
