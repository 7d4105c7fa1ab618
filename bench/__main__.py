"""`python -m bench NAME [--quick]`: run the benchmark in bench/NAME.py; without a name, all of them."""

import importlib
import sys

NAMES = ("live", "uploads", "search", "pages")

if __name__ == "__main__":
    quick = "--quick" in sys.argv
    wanted = [name for name in sys.argv[1:] if name in NAMES] or NAMES
    for name in wanted:
        importlib.import_module(f"bench.{name}").main(quick)
