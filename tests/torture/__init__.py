"""Scenarios that try to break the promises of tracker: kills, power cuts, full disks, damaged and forged logs.

``python -m tests.torture [NAME…] [--quick]`` prints a line for each scenario. It first runs the scenario against
tracker, where nothing may be lost or be there twice. Then it runs the scenario against trackers that are broken on
purpose (controls), where the scenario has to find a fault: a scenario that cannot fail shows nothing.
"""
