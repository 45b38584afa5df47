"""One target under the fuzzer, which goes on after a fault: the shortest input is kept for each place of one.

python -m tests.fuzz.child NAME FOUND …options of libFuzzer
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import atheris

from tests.fuzz import WATCHED


def place_of(error: BaseException) -> str:
    """The innermost line of the targets or of tracker."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [each for each in frames if "/tracker/" in each.filename or each.filename.endswith("targets.py")]
    return "-".join([type(error).__name__, *(f"{Path(each.filename).stem}-{each.lineno}" for each in own[-1:])])


def that_goes_on(target: Callable[[bytes], None], found: Path) -> Callable[[bytes], None]:
    """The target with its faults put into files, named by the place; the traceback is printed."""
    shortest: dict[str, int] = {}

    def goes_on(data: bytes) -> None:
        try:
            target(data)
        except Exception as error:
            place = place_of(error)
            if len(data) < shortest.get(place, sys.maxsize):
                shortest[place] = len(data)
                (found / place).write_bytes(data)
                print(f"\nFAULT {place}\n{''.join(traceback.format_exception(error))[-3_000:]}", flush=True)

    return goes_on


def main() -> None:
    _, name, found, *options = sys.argv
    # Code that is watched is some twenty times slower: too slow for what is long.
    with atheris.instrument_imports(include=WATCHED[:1] if name == "long" else WATCHED):
        import tomllib  # noqa: F401  it is imported late, and would go without

        from tests.fuzz.targets import TARGETS
    from tests.fuzz.mutations import json_changed, log_changed

    changes = {"line": json_changed, "draft": json_changed, "log": log_changed}

    def mutated(data: bytes, most: int, seed: int) -> bytes:
        return changes[name](data, most, seed, atheris.Mutate)

    ways = {"custom_mutator": mutated} if name in changes else {}
    atheris.Setup([sys.argv[0], *options], that_goes_on(TARGETS[name], Path(found)), **ways)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
