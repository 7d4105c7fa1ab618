"""The role x tenant x route matrix: what every role gets at every address. The only such table.

Every route of the URLconf, with every method its view takes, has at least one row here, and so has
every websocket route; tests/hub/test_route_matrix.py fails for one that has none. To add a route,
add rows to your package's section:

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

from typing import Any

from meetings.models import Series

from .matrix import Row, World


def series(world: World) -> Any:
    return Series.objects.create(
        county=world.county,
        name="每月例会",
        rule="FREQ=MONTHLY;BYMONTHDAY=25",
        starts_on="2026-01-25",
    )


THINGS = {
    "meeting": lambda world: world.meeting,
    "live_meeting": lambda world: world.live_meeting,
    "draft_meeting": lambda world: world.draft_meeting,
    "closed_meeting": lambda world: world.closed_meeting,
    "item": lambda world: world.item,
    "township": lambda world: world.township,
    "series": series,
    "token": lambda world: "wrong-token",
}

SIGNED_IN_ONLY = "200 200 200 200 200 302 302 200"  # guests have no account of their own
SIGNED_OUT_ONLY = "302 302 302 302 302 200 200 302"

ALLAUTH: list[Row] = [
    Row("GET", "/accounts/login/", SIGNED_OUT_ONLY),
    Row("POST", "/accounts/login/", SIGNED_OUT_ONLY),
    Row("GET", "/accounts/signup/", SIGNED_OUT_ONLY),  # "by invitation only"
    Row("POST", "/accounts/signup/", SIGNED_OUT_ONLY),
    Row("GET", "/accounts/logout/", "200 200 200 200 200 302 302 200"),
    Row("POST", "/accounts/logout/", "302"),
    Row("GET", "/accounts/inactive/", "200"),
    Row("GET", "/accounts/reauthenticate/", SIGNED_IN_ONLY),
    Row("POST", "/accounts/reauthenticate/", SIGNED_IN_ONLY),
    Row("GET", "/accounts/email/", SIGNED_IN_ONLY),
    Row("POST", "/accounts/email/", "302"),
    Row("GET", "/accounts/confirm-email/", "200"),
    Row("GET", "/accounts/confirm-email/{token}/", "200"),
    Row("POST", "/accounts/confirm-email/{token}/", "404"),
    Row("GET", "/accounts/login/code/confirm/", "302"),
    Row("POST", "/accounts/login/code/confirm/", "302"),
    Row("GET", "/accounts/password/change/", SIGNED_IN_ONLY),
    Row("POST", "/accounts/password/change/", SIGNED_IN_ONLY),
    Row("GET", "/accounts/password/set/", "302"),  # everybody has a password
    Row("POST", "/accounts/password/set/", "302"),
    Row("GET", "/accounts/password/reset/", "200"),
    Row("POST", "/accounts/password/reset/", "200"),
    Row("GET", "/accounts/password/reset/done/", "200"),
    Row("GET", "/accounts/password/reset/key/1-{token}/", "200"),
    Row("POST", "/accounts/password/reset/key/1-{token}/", "200"),
    Row("GET", "/accounts/password/reset/key/done/", "200"),
    Row("GET", "/accounts/sessions/", SIGNED_IN_ONLY),
    Row("POST", "/accounts/sessions/", "302"),
]

TOWNSHIPS: list[Row] = []

MEETINGS: list[Row] = [
    Row("GET", "/api/v1/meetings", "200 200 200 200 200 200 401 200"),
    Row("GET", "/api/v1/meetings/{meeting}", "200 200 200 200 200 404 401 404"),
    Row("GET", "/api/v1/meetings/{draft_meeting}", "200 404 404 404 404 404 401 404"),
    Row("GET", "/api/v1/meetings/{live_meeting}", "200 200 200 200 200 200 401 404"),
    Row("POST", "/api/v1/meetings/{draft_meeting}/announce", "200 404 404 404 404 404 401 404"),
    Row("POST", "/api/v1/meetings/{meeting}/open", "200 403 403 403 403 404 401 404"),
    Row("POST", "/api/v1/meetings/{live_meeting}/close", "200 403 403 403 403 403 401 404"),
]

UPLOADS: list[Row] = []

BOARD: list[Row] = []

REALTIME: list[Row] = [
    Row("GET", "/api/v1/meetings/{meeting}/events", "200 200 200 200 200 404 401 404"),
    Row("GET", "/api/v1/meetings/{live_meeting}/events", "200 200 200 200 200 200 401 404"),
    Row("WS", "/ws/meetings/{meeting}/", "101 101 101 101 101 4403 4401 4403"),
    Row("WS", "/ws/meetings/{live_meeting}/", "101 101 101 101 101 101 4401 4403"),
    Row("WS", "/ws/meetings/{draft_meeting}/", "101 4403 4403 4403 4403 4403 4401 4403"),
    Row("WS", "/ws/elsewhere/", "403"),
]

ARCHIVE: list[Row] = []

HUB: list[Row] = [
    Row("GET", "/api/v1/openapi.json", "200"),
    Row("GET", "/api/v1/", "404"),
    Row("POST", "/language/", "302"),
    Row("GET", "/jsi18n/", "200"),
    Row("GET", "/health/", "200"),
    Row("GET", "/metrics", "200"),
]

ROWS = [*ALLAUTH, *TOWNSHIPS, *MEETINGS, *UPLOADS, *BOARD, *REALTIME, *ARCHIVE, *HUB]
