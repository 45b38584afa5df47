"""Bytes that nobody would think of, for everything that reads what people and programs hand in.

::

    seeds ─┐
           ├──▶ atheris ──▶ targets.py: bytes ──▶ nothing, or an exception that should not be
    corpus/┘       └──▶ what reached new code ──▶ corpus/ (with --keep)

``python -m tests.fuzz [NAME…]`` runs it, guided by which branches an input reaches; it wants the extra ``fuzz``.
``test_fuzz.py`` replays the corpus among the ordinary tests, without it. ``faults.toml`` names those files of the
corpus for which something is wrong still.
"""

WATCHED = ["tracker", "tomllib", "markdown_it"]
"""Whose branches guide the fuzzer, and tell what is worth keeping."""
