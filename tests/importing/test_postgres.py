"""A log in PostgreSQL knows what was imported, as files do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.importing.samples import FILES
from tests.servers import Server
from tracker.importing.run import imports, run, undo
from tracker.text.dates import Recorded
from tracker.workspace import init
from tracker.workspace.desk import Workspace

pytestmark = pytest.mark.xdist_group("postgres")


@pytest.mark.slow
def test_an_import_into_postgresql_is_recorded_once(tmp_path: Path, server: Server) -> None:
    """Two clones of a desk that share a log: what one has imported, the other one does not record again."""
    url = server.log()
    desks = []
    for name in ("one", "two"):
        init.init(str(tmp_path / name), "The desk", "https://desk.example/", "Desk", "en")
        config = tmp_path / name / "tracker.toml"
        config.write_text(re.sub('url = "events"', f'url = "{url}"', config.read_text()))
        desks.append(Workspace(str(tmp_path / name), clock=lambda: Recorded("2024-08-01T12:00:00.000Z")))
    one, two = desks
    one.record("story", [{"type": "opened", "title": "A story"}])
    first = run(one, "kev", str(FILES / "kev.json"), "story", sign=dict)
    again = run(two, "kev", str(FILES / "kev.json"), "story", sign=dict)
    assert (len(first.results), again.plan.drafts, again.plan.unchanged) == (2, [], 2)
    ((slug, batch),) = imports(two)
    assert (slug, batch.seqs) == ("story", [2, 3])
    assert len(undo(two, batch.name, sign=dict)[1]) == 2
    assert len(run(one, "kev", str(FILES / "kev.json"), "story", sign=dict).results) == 2
    for desk in desks:
        desk.log.close()
