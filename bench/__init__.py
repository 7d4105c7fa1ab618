"""Benchmarks: `python -m bench NAME [--quick]`; each compares with its limit or peer in the same run."""
