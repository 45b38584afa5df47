"""Fuzzes the targets that are named, or all, and says what was found."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

import click

from tests.fuzz import kept
from tests.fuzz.seeds import LONGEST, SEEDS, seeds, words

SLOW = 300
"""Seconds that one input may take at most. Whether it takes too long for its length, ``long`` says."""


class Ran:
    """One target's run: what it counted, and what it found, by the place at which it was found."""

    def __init__(self, folder: Path, code: int) -> None:
        said = (folder / "said").read_text(encoding="utf-8", errors="replace")
        counted = re.findall(r"#([0-9]+)\s.*?cov: ([0-9]+) ft: ([0-9]+) corp: ([0-9]+)", said)
        self.tried, self.branches, self.features, self.kept = map(int, counted[-1]) if counted else (0, 0, 0, 0)
        self.ended = re.findall(r"==[0-9]+== (?:ERROR: )?libFuzzer: (.*)", said)
        if code and not self.ended:
            self.ended = [f"it ended with {code}: {said[-300:]!r}"]
        self.found = sorted((folder / "found").iterdir())


def fuzzed(name: str, minutes: float, folder: Path) -> Ran:
    """The target fuzzed in a process of its own, which ends with the fuzzer; its inputs are in ``folder``."""
    for each in ("inputs", "found"):
        (folder / each).mkdir()
    for data in (*seeds(name), *(path.read_bytes() for path in kept.of(name))):
        (folder / "inputs" / sha256(data).hexdigest()[:16]).write_bytes(data)
    quoted = ("".join(f"\\x{byte:02x}" for byte in word.encode()) for word in words(name))
    (folder / "words").write_text("".join(f'"{word}"\n' for word in quoted), encoding="utf-8")
    with (folder / "said").open("wb") as said:
        code = subprocess.run(
            [
                *(sys.executable, "-m", "tests.fuzz.child", name, str(folder / "found"), str(folder / "inputs")),
                *(f"-max_total_time={round(minutes * 60)}", f"-max_len={LONGEST[name]}", f"-timeout={SLOW}"),
                *(
                    f"-dict={folder / 'words'}",
                    f"-artifact_prefix={folder / 'found'}/",
                    "-rss_limit_mb=4096",
                    "-report_slow_units=86400",
                ),
            ],
            stdout=said,
            stderr=said,
            check=False,
        ).returncode
    return Ran(folder, code)


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--minutes", default=4.0, show_default=True, help="How long each target is fuzzed.")
@click.option("--keep", is_flag=True, help="Keep what reaches most in tests/fuzz/corpus.")
def main(names: tuple[str, ...], minutes: float, keep: bool) -> None:
    """Give every reader bytes that nobody would think of, and look whether it takes or refuses them.

    The exit status is 1 where anything else happened. The inputs that did it are shown and, where they are
    written, kept in a folder."""
    unknown = [name for name in names if name not in SEEDS]
    if unknown:
        raise click.UsageError(f"there is no target {unknown[0]}; there are: {', '.join(SEEDS)}")
    all_is_well = True
    for name in names or SEEDS:
        folder = Path(tempfile.mkdtemp(prefix=f"fuzz-{name}-"))
        ran = fuzzed(name, minutes, folder)
        click.echo(
            f"{name:8} {ran.tried:>10,} inputs in {minutes:g} minutes; {ran.branches:,} branches, "
            f"{ran.features:,} features, {len(ran.found)} faults"
        )
        for ended in ran.ended:
            click.echo(f"    it was stopped: {ended}")
        for path in ran.found:
            click.echo(f"    {path}: {path.read_bytes()[:200]!r}")
        if not ran.tried:
            click.echo((folder / "said").read_text(errors="replace")[-2_000:], err=True)
        if keep:
            inputs = [path.read_bytes() for path in sorted((folder / "inputs").iterdir())]
            click.echo(f"    {kept.keep(name, inputs)} of {len(inputs):,} inputs are kept")
        all_is_well = all_is_well and bool(ran.tried) and not ran.found and not ran.ended
    sys.exit(0 if all_is_well else 1)


if __name__ == "__main__":
    main()
