"""A workspace on the web: its feeds and pages from memory, pages that say what is new, and how all is going.

::

    log ──watched──▶ published ──▶ feeds/ ──table.py──▶ memory ──answers.py──▶ static.py ◀── the app (app.py)
                         │                                                         ▲
                         ├──▶ open pages (live.py)                                 └── protocol.py: at once, what
                         └──▶ health, metrics (metrics.py)                             needs no application

What is answered is decided in one place, ``answers.py``, which is pure: the app and the way past it say the same.
"""
