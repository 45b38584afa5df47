"""Speed against what people would use instead: ``python -m benchmarks [NAME…] [--quick] [--json]``.

Ours and the peer take turns in the same run (A B A B), and only ratios of medians are told: a time alone says more
about the machine than about the program.
"""
