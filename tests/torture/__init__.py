"""Whether the promises about what is recorded and published hold, tried by breaking things on purpose.

``python -m tests.torture [NAME…] [--quick]`` prints a line a scenario. Each is run against tracker, where nothing
may be lost or twice, and then against a tracker that is broken on purpose, where something has to be: a scenario
that cannot fail shows nothing.
"""
