"""An environment in which pip installs the wheel of this checkout without the network, and shell steps run."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

from tests.clones import ENVIRONMENT


def run_plainly(*command: str | Path, cwd: Path) -> str:
    """Runs a command as a user of a machine without this checkout would, and returns what it says."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV_"))}
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=plain, capture_output=True, text=True, check=False, timeout=240
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class Offline:
    """An environment that has the libraries of this one, and not tracker: pip takes that from ``dist``."""

    def __init__(self, folder: Path, dist: Path) -> None:
        libraries = folder / "libraries"
        libraries.mkdir(parents=True)
        (here,) = (Path(path) for path in sys.path if path.endswith("site-packages"))
        for path in here.iterdir():
            if not path.name.startswith(("storyfold", "_storyfold", "__editable__", "pip", "_virtualenv")):
                (libraries / path.name).symlink_to(path)
        self.folder = folder / "venv"
        venv.create(self.folder, with_pip=True)
        (inside,) = self.folder.glob("lib/*/site-packages")
        (inside / "libraries.pth").write_text(f"{libraries}\n")
        self.variables = ENVIRONMENT | {
            "PATH": f"{self.folder / 'bin'}:/usr/bin:/bin",
            "HOME": str(folder),
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(dist),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }

    def run(self, commands: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
        """Runs the commands as the shell of a runner does: the first failure ends them."""
        return subprocess.run(
            ["bash", "-eo", "pipefail", "-c", commands],
            cwd=cwd,
            env=self.variables | variables,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )

    def start(self, commands: str, cwd: Path, **variables: str) -> subprocess.Popen[str]:
        """Starts a server. ``exec`` in front of the command lets signals reach it."""
        return subprocess.Popen(["bash", "-c", commands], cwd=cwd, env=self.variables | variables, text=True)
