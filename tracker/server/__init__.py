"""The HTTP server of a workspace: it serves feeds and pages, an API, event streams, health and metrics.

::

    log ──watch──▶ publisher_thread.py ──▶ feeds/ ──cache.py──▶ memory ──answers.py──▶ static.py ◀── app.py
                         │                                                                            ▲
                         ├──▶ open pages (sse.py)                                                     │
                         └──▶ health, metrics (metrics.py)            uvicorn behind limits (connections.py)
"""
