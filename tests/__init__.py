"""The tests, one folder per package; `tests/run.py` runs them all, twice."""
