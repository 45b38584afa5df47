"""Import events from files of other tools.

::

    file ─▶ reader ─▶ records ─▶ mapping ─▶ candidates ─▶ plan ─▶ recorder ─▶ log
                                                           ▲
                                         the story's events so far

A *record* is one row, entry or object of the file, with its place. A *mapping* says, in TOML, what event a record
becomes. A *candidate* is that event with the record's key. The *plan* compares the candidates with the story: it
has the new events, the corrections and updates of known ones, the conflicts, and what is left out. ``plan.py`` and
``origins.py`` are pure. ``run.py`` wires everything to a workspace.

Every event of an import names its importer and its key in its line (``imported``). So the log itself knows what
was imported: a second import records nothing, in every clone, and after every cache was deleted.
"""
