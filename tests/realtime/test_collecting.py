"""Full garbage collections follow a clock, so that none stops a room while a hall comes in."""

import subprocess
import sys

from realtime import collecting
from tests.processes import ROOT, child_environment


def test_a_collection_takes_a_thousandth_of_the_time_at_most() -> None:
    """However long one takes, the next one is a thousand times as far away, and never nearer than 10 s;
    nor farther than five minutes, for garbage must not grow."""
    assert collecting.wait_after(0) == 10
    assert collecting.wait_after(0.005) == 10
    assert collecting.wait_after(0.07) == 70
    assert collecting.wait_after(2) == 300


def test_the_server_collects_by_the_clock_only() -> None:
    """In the server's own process: what is loaded is left out, ever so many new objects start no full
    collection, and when its time has come old garbage goes."""
    code = """
import gc, time, weakref
from realtime import collecting
collecting.SELDOM, collecting.SHARE = 2, 0
import asgi
assert gc.get_freeze_count() > 100_000, gc.get_freeze_count()
full = gc.get_stats()[2]["collections"]
class Knot: pass
knot = Knot(); knot.self = knot
seen = weakref.ref(knot)
kept = [[n] for n in range(500_000)]
del knot
assert gc.get_stats()[2]["collections"] == full
for _ in range(100):
    time.sleep(0.1)
    if seen() is None and gc.get_stats()[2]["collections"] > full:
        break
else:
    raise AssertionError("old garbage stays")
print("well")
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=child_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == "well\n", done.stderr
