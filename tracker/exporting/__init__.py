"""Export a story: what stands, corrected, in the formats of other programs.

::

    events ──view──▶ story at a point of time ──format──▶ bytes     (formats.py has the table)

A format is a module with a function that takes an ``Exported`` and returns bytes. ``timelinejs`` and
``calendar_file`` also make the part of one development, which the publisher keeps, so that a published file costs
what is new.
"""
