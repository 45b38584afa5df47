"""Print each package of ``pip freeze`` (standard input) whose version is not that of ``constraints.txt``."""

import sys

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def versions(lines: list[str]) -> dict[str, str]:
    """The version of each package in lines such as ``click==8.5.1``, for this Python."""
    found = {}
    for line in lines:
        if "==" in line and not line.startswith("#"):
            each = Requirement(line)
            if each.marker is None or each.marker.evaluate():
                found[canonicalize_name(each.name)] = next(iter(each.specifier)).version
    return found


with open("constraints.txt", encoding="utf-8") as file:
    locked = versions(file.read().splitlines())
for name, version in versions(sys.stdin.read().splitlines()).items():
    if locked.get(name) != version:
        print(f"  {name} {version}, locked {locked.get(name, 'nowhere')}")
