"""A workspace on the web: its feeds and pages from memory, pages that say what is new, and how all is going.

::

    log ──watched──▶ published ──▶ feeds/ ──table.py──▶ memory ──answers.py──▶ static.py ◀── the app (app.py)
                         │                                                                        ▲
                         ├──▶ open pages (live.py)                                                │
                         └──▶ health, metrics (metrics.py)             uvicorn, and limits (connections.py)
"""
