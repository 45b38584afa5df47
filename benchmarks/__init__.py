"""Benchmarks of tracker against peers, the programs that people would use instead.

Run them with ``python -m benchmarks [NAME…] [--quick] [--json]``. tracker and its peer take turns in the same run
(A B A B). Only the ratio of their medians counts: a time alone says more about the machine than about the program.
"""
