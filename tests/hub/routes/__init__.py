"""The role x tenant x route matrix: what every role gets at every address. The only such table.

Every route of the URLconf, with every method its view takes, has at least one row here, and so has
every websocket route; tests/hub/test_route_matrix.py fails for one that has none. There is a module for each package;
to add a route, add rows to it:

    Row("GET", "/api/v1/meetings/{meeting}", "200 200 200 200 200 404 401 404")

- The eight numbers are the HTTP status for organiser, member (of the thing's township), member of
  another township, observer, archivist, guest (of the live meeting), somebody signed out, and an
  organiser of another county. One number stands for all eight. Read them off DESIGN's rights, not
  off what the code answers. A foreign thing must answer exactly like a missing one; where the last
  number is 404 the test compares the two answers.
- `{meeting}` is replaced by the id of a thing in THINGS; add your own (a function of the World; it
  returns a model instance or a plain value). Each role starts from the same things.
- `body` is JSON below /api/, form fields elsewhere (bytes with a Content-Type header also work), or
  a function of the World that gives it.
- `method` "WS" is a websocket handshake: 101 accepted, 403 refused, or the code it is closed with.
"""

from ..matrix import Row, Thing
from . import allauth, archive, board, calls, hub, meetings, month, realtime, townships, uploads

PARTS = (allauth, townships, meetings, month, calls, uploads, board, realtime, archive, hub)
ROWS: list[Row] = [row for part in PARTS for row in part.ROWS]
THINGS: dict[str, Thing] = {}
for part in PARTS:
    THINGS |= part.THINGS
