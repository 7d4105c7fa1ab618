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

import secrets
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from board.services import add_post
from meetings.models import Series
from tests.uploads.ready import make_ready
from townships import services
from townships.actors import system_actor
from townships.models import ApiToken, Membership, Role
from uploads.models import Material, Version
from uploads.tus.incoming import start

from .matrix import Row, World


def series(world: World) -> Any:
    return Series.objects.create(
        county=world.county,
        name="每月例会",
        rule="FREQ=MONTHLY;BYMONTHDAY=25",
        starts_on="2026-01-25",
    )


def membership(world: World) -> Any:
    """The member's."""
    return Membership.objects.get(pk=world.actors["member"].membership_id)


def invitation(world: World) -> Any:
    return services.invite(actor=system_actor(world.county.pk), name="受邀者", role=Role.OBSERVER)[
        0
    ]


def api_token(world: World) -> Any:
    """A token of the member's own."""
    return ApiToken.objects.create(
        membership=membership(world), token_hash=secrets.token_hex(16), label="自动化"
    )


def post(world: World) -> Any:
    """A practice of the member in the live meeting."""
    return add_post(
        actor=world.actors["member"],
        meeting_id=world.live_meeting.pk,
        kind="practice",
        body="积分公示",
        client_id=secrets.token_hex(8),
    )


def shown_material(world: World) -> Any:
    """A ready deck of the live meeting."""
    material = Material.objects.create(
        meeting=world.live_meeting, township=world.township, kind="deck"
    )
    material.current = Version.objects.create(
        material=material,
        number=1,
        state="ready",
        filename="a.pptx",
        size=1,
        sha256="0" * 64,
        original="a",
    )
    material.save()
    return material


def version(world: World) -> Any:
    """A ready deck of the member's township, before the meeting opens."""
    return make_ready(world.actors["member"], world.meeting, world.township)


def upload(world: World) -> Any:
    """An upload of the member's on its way."""
    return start(
        actor=world.actors["member"],
        length=10,
        metadata={"filename": "a.pptx", "meeting": str(world.meeting.pk), "kind": "deck"},
    )


def held(world: World) -> Any:
    """When the closed meeting was held, in the county's time."""
    return world.closed_meeting.starts_at.astimezone(ZoneInfo("Asia/Shanghai"))


THINGS = {
    "version": version,
    "material": lambda world: Version.objects.get(pk=world["version"]).material,
    "page": lambda world: Version.objects.get(pk=world["version"]).pages.first(),
    "upload": upload,
    "meeting": lambda world: world.meeting,
    "live_meeting": lambda world: world.live_meeting,
    "draft_meeting": lambda world: world.draft_meeting,
    "closed_meeting": lambda world: world.closed_meeting,
    "year": lambda world: held(world).year,
    "quarter": lambda world: (held(world).month + 2) // 3,
    "item": lambda world: world.item,
    "township": lambda world: world.township,
    "series": series,
    "post": post,
    "other_post": post,
    "shown_material": shown_material,
    "join_code": lambda world: world.live_meeting.join_code,
    "token": lambda world: "wrong-token",
    "membership": membership,
    "invitation": invitation,
    "api_token": api_token,
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


# What organisers of the county get, and those of another one: their own county's page.
ORGANISERS_PAGE = "200 403 403 403 403 403 302 200"
ORGANISERS_POST = "302 403 403 403 403 403 401 404"
MEETING_POST = "302 403 403 403 403 404 401 404"
LIVE_POST = "302 403 403 403 403 403 401 404"
INVITED = {"name": "新人", "role": "observer"}
COUNTY = {"name": "改名县", "time_zone": "Asia/Shanghai", "language": "zh-hans"}
MEETING = {
    "title": "例会",
    "starts_at": "2026-12-25T09:00",
    "ends_at": "2026-12-25T12:00",
}
MEETING_FORM = {**MEETING, "venue": "", "note": "", "deadline": ""}
SERIES = {
    "name": "每月例会",
    "rule": "FREQ=MONTHLY;BYMONTHDAY=25",
    "starts_on": "2026-01-01",
    "time": "09:00",
}
SERIES_FORM = {
    "name": "每月例会",
    "kind": "day",
    "day": "25",
    "weekend": "stay",
    "starts_on": "2026-01-01",
    "time": "09:00",
    "minutes": "180",
    "deadline_days": "2",
}

TOWNSHIPS: list[Row] = [
    Row("GET", "/people/", ORGANISERS_PAGE),
    Row("POST", "/people/", "302 403 403 403 403 403 401 302", body=INVITED),
    Row("GET", "/people/{membership}/", "200 403 403 403 403 403 302 404"),
    Row("POST", "/people/{membership}/", ORGANISERS_POST, body={"role": "observer"}),
    Row("POST", "/people/{membership}/deactivate/", ORGANISERS_POST),
    Row("POST", "/townships/", "302 403 403 403 403 403 401 302", body={"name": "新设镇"}),
    Row("GET", "/townships/{township}/", "200 403 403 403 403 403 302 404"),
    Row("POST", "/townships/{township}/", ORGANISERS_POST, body={"name": "更名镇"}),
    Row("GET", "/county/", ORGANISERS_PAGE),
    Row("POST", "/county/", "302 403 403 403 403 403 401 302", body=COUNTY),
    Row("GET", "/invitations/{token}/", "404"),
    Row("POST", "/invitations/{token}/", "404"),
    Row("POST", "/invitations/{invitation}/renew/", ORGANISERS_POST),
    Row("POST", "/invitations/{invitation}/revoke/", ORGANISERS_POST),
    Row("GET", "/account/", "200 200 200 200 200 404 302 200"),
    Row("POST", "/account/", "302 302 302 302 302 404 401 302", body={"name": "改名"}),
    Row("POST", "/account/sign-out-everywhere/", "302 302 302 302 302 404 401 302"),
    Row("POST", "/account/tokens/{api_token}/revoke/", "302 302 403 403 403 403 401 404"),
]

MEETINGS: list[Row] = [
    Row("GET", "/api/v1/meetings", "200 200 200 200 200 200 401 200"),
    Row("GET", "/api/v1/meetings/{meeting}", "200 200 200 200 200 404 401 404"),
    Row("GET", "/api/v1/meetings/{draft_meeting}", "200 404 404 404 404 404 401 404"),
    Row("GET", "/api/v1/meetings/{live_meeting}", "200 200 200 200 200 200 401 404"),
    Row("POST", "/api/v1/meetings/{draft_meeting}/announce", "200 404 404 404 404 404 401 404"),
    Row("POST", "/api/v1/meetings/{meeting}/open", "200 403 403 403 403 404 401 404"),
    Row("POST", "/api/v1/meetings/{live_meeting}/close", "200 403 403 403 403 403 401 404"),
    Row("POST", "/api/v1/meetings", "201 403 403 403 403 403 401 201", body=MEETING),
    Row(
        "PATCH",
        "/api/v1/meetings/{meeting}",
        "200 403 403 403 403 404 401 404",
        body={"venue": "礼堂"},
    ),
    Row("POST", "/api/v1/meetings/{live_meeting}/join-code", "200 403 403 403 403 403 401 404"),
    Row("GET", "/api/v1/meetings/{meeting}/agenda", "200 200 200 200 200 404 401 404"),
    Row("GET", "/api/v1/meetings/{draft_meeting}/agenda", "200 404 404 404 404 404 401 404"),
    Row(
        "POST",
        "/api/v1/meetings/{meeting}/agenda",
        "201 403 403 403 403 404 401 404",
        body={"kind": "other"},
    ),
    Row("PATCH", "/api/v1/agenda/{item}", "200 403 403 403 403 404 401 404", body={"minutes": 5}),
    Row("DELETE", "/api/v1/agenda/{item}", "204 403 403 403 403 404 401 404"),
    Row("POST", "/api/v1/agenda/{item}/start", "409 403 403 403 403 404 401 404"),
    Row("GET", "/api/v1/series", "200 403 403 403 403 403 401 200"),
    Row("POST", "/api/v1/series", "201 403 403 403 403 403 401 201", body=SERIES),
    Row("POST", "/api/v1/series/{series}/meetings", "201 403 403 403 403 403 401 404", body={}),
    Row("GET", "/meetings/", "200 200 200 200 200 200 302 200"),
    Row("GET", "/meetings/new/", ORGANISERS_PAGE),
    Row("POST", "/meetings/new/", "302 403 403 403 403 403 401 302", body=MEETING_FORM),
    Row("GET", "/meetings/{meeting}/edit/", "200 403 403 403 403 404 302 404"),
    Row("POST", "/meetings/{meeting}/edit/", MEETING_POST, body=MEETING_FORM),
    Row("POST", "/meetings/{draft_meeting}/announce/", "302 404 404 404 404 404 401 404"),
    Row("POST", "/meetings/{meeting}/open/", MEETING_POST),
    Row("POST", "/meetings/{live_meeting}/close/", LIVE_POST),
    Row("POST", "/meetings/{live_meeting}/join-code/", LIVE_POST),
    Row("POST", "/meetings/{draft_meeting}/discard/", "302 404 404 404 404 404 401 404"),
    Row("GET", "/meetings/{meeting}/agenda/", "200 403 403 403 403 404 302 404"),
    Row(
        "POST",
        "/meetings/{meeting}/agenda/",
        MEETING_POST,
        body={"kind": "other", "minutes": "5"},
    ),
    Row("GET", "/meetings/{meeting}/agenda/print/", "200 200 200 200 200 404 302 404"),
    Row("POST", "/meetings/{meeting}/agenda/several/", "400 403 403 403 403 404 401 404"),
    Row("POST", "/meetings/{meeting}/agenda/take-over/", MEETING_POST),
    Row("GET", "/agenda/{item}/", "200 403 403 403 403 404 302 404"),
    Row("POST", "/agenda/{item}/", MEETING_POST, body={"kind": "other", "minutes": "5"}),
    Row("POST", "/agenda/{item}/move/", MEETING_POST, body={"by": "1"}),
    Row("POST", "/agenda/{item}/remove/", MEETING_POST),
    Row("GET", "/series/", ORGANISERS_PAGE),
    Row("GET", "/series/new/", ORGANISERS_PAGE),
    Row("POST", "/series/new/", "302 403 403 403 403 403 401 302", body=SERIES_FORM),
    Row("GET", "/series/{series}/", "200 403 403 403 403 403 302 404"),
    Row("POST", "/series/{series}/", ORGANISERS_POST, body=SERIES_FORM),
    Row("POST", "/series/{series}/next/", ORGANISERS_POST),
    Row("POST", "/series/{series}/pause/", ORGANISERS_POST),
]

FILE = "302" if settings.S3_BUCKET else "200"  # on S3 a signed address
HIDDEN = "404 404 404 404 302 404"  # a page about what is not yours to see
HIDDEN_API = "404 404 404 404 401 404"
SLOT = "/meetings/{meeting}/slots/{township}/deck/"
EXTENSIONS = "/api/v1/meetings/{meeting}/extensions"
TUS = {"Tus-Resumable": "1.0.0"}
TUS_BYTES = TUS | {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}


def ask(world: World) -> dict[str, str]:
    return {"kind": "deck", "reason": "停电", "township": str(world.township.pk)}


def grant(world: World) -> dict[str, str]:
    return {"kind": "deck", "until": "2100-01-01T00:00:00Z", "township": str(world.township.pk)}


UPLOADS: list[Row] = [
    Row("GET", SLOT, "200 200 403 403 403 404 302 404"),
    Row("POST", SLOT, "302 302 403 403 403 404 401 404", body={"act": "ask", "reason": "停电"}),
    Row("GET", "/materials/{material}/", f"200 200 {HIDDEN}"),
    Row("GET", "/pages/{page}/image.webp", f"{FILE} {FILE} {HIDDEN}"),
    Row("GET", "/pages/{page}/thumb.webp", f"{FILE} {FILE} {HIDDEN}"),
    Row("GET", "/versions/{version}/original", f"{FILE} {FILE} {HIDDEN}"),
    Row("GET", "/versions/{version}/document.pdf", f"{FILE} {FILE} {HIDDEN}"),
    Row("GET", "/api/v1/meetings/{meeting}/materials", "200 200 200 200 200 404 401 404"),
    Row("GET", "/api/v1/meetings/{meeting}/uploads", "200 200 200 200 200 404 401 404"),
    Row("GET", "/api/v1/materials/{material}", f"200 200 {HIDDEN_API}"),
    Row("GET", "/api/v1/materials/{material}/pages", f"200 200 {HIDDEN_API}"),
    Row("POST", "/api/v1/materials/{material}/withdraw", f"200 200 {HIDDEN_API}"),
    Row("POST", "/api/v1/versions/{version}/retry", f"409 409 {HIDDEN_API}"),  # it did not fail
    Row("POST", "/api/v1/versions/{version}/restore", f"200 200 {HIDDEN_API}"),
    Row("POST", EXTENSIONS, "200 200 403 403 403 404 401 404", body=ask),
    Row("PUT", EXTENSIONS, "200 403 403 403 403 404 401 404", body=grant),
    Row(  # names no meeting: like a missing one for everybody; tests/uploads/test_tus.py names them
        "POST",
        "/api/v1/uploads",
        "404 404 404 404 404 404 401 404",
        body=b"",
        headers=TUS | {"Upload-Length": "10", "Content-Type": "application/offset+octet-stream"},
    ),
    Row("PATCH", "/api/v1/uploads/{upload}", f"204 204 {HIDDEN_API}", b"12345", TUS_BYTES),
    Row("DELETE", "/api/v1/uploads/{upload}", f"204 204 {HIDDEN_API}", headers=TUS),
    Row(
        "POST",
        "/api/v1/uploads/{upload}",
        f"204 204 {HIDDEN_API}",
        headers=TUS | {"X-HTTP-Method-Override": "DELETE"},
    ),
]

ENTRY = {"kind": "problem", "body": "名册太旧", "client_id": "matrix"}
ANSWER = {"body": "请看第三页", "client_id": "matrix"}

BOARD: list[Row] = [
    Row("GET", "/api/v1/meetings/{live_meeting}/posts", "200 200 200 200 200 200 401 404"),
    Row("GET", "/api/v1/meetings/{draft_meeting}/posts", "200 404 404 404 404 404 401 404"),
    Row("POST", "/api/v1/meetings/{live_meeting}/posts", "201 201 201 403 403 201 401 404", ENTRY),
    Row("POST", "/api/v1/meetings/{meeting}/posts", "201 201 201 403 403 404 401 404", ENTRY),
    Row(
        "POST", "/api/v1/meetings/{closed_meeting}/posts", "409 409 409 409 409 404 401 404", ENTRY
    ),
    Row("PATCH", "/api/v1/posts/{post}", "200 403 403 403 403 403 401 404", {"pinned": True}),
    Row("PATCH", "/api/v1/posts/{post}", "403 200 403 403 403 403 401 404", {"body": "改"}),
    Row("POST", "/api/v1/posts/{post}/replies", "201 201 201 201 403 403 401 404", ANSWER),
    Row("PUT", "/api/v1/posts/{post}/support", "200 200 200 403 403 200 401 404"),
    Row("DELETE", "/api/v1/posts/{post}/support", "200 200 200 403 403 200 401 404"),
    Row(
        "PUT",
        "/api/v1/posts/{post}/adoption",
        "400 200 200 403 403 403 401 404",  # an organiser says which township
        {"status": "planned"},
    ),
    Row(
        "POST",
        "/api/v1/posts/{post}/merge",
        "200 403 403 403 403 403 401 404",
        lambda world: {"into": str(world["other_post"])},
    ),
]

REALTIME: list[Row] = [
    Row("GET", "/api/v1/meetings/{meeting}/events", "200 200 200 200 200 404 401 404"),
    Row("GET", "/api/v1/meetings/{live_meeting}/events", "200 200 200 200 200 200 401 404"),
    Row("GET", "/api/v1/meetings/{live_meeting}/screen", "200 200 200 200 200 200 401 404"),
    Row(
        "PUT",
        "/api/v1/meetings/{live_meeting}/screen",
        "200 403 403 403 403 403 401 404",
        {"mode": "board"},
    ),
    Row(
        "POST",
        "/api/v1/meetings/{live_meeting}/screen/step",
        "409 403 403 403 403 403 401 404",  # no slide was chosen yet
        {"by": 1},
    ),
    Row("GET", "/api/v1/meetings/{live_meeting}/decks", "200 200 200 200 200 200 401 404"),
    Row(
        "GET",
        "/api/v1/meetings/{live_meeting}/decks/{shown_material}",
        "200 200 200 200 200 200 401 404",
    ),
    Row("GET", "/meetings/{meeting}/room/", "200 200 200 200 200 404 302 404"),
    Row("GET", "/meetings/{live_meeting}/room/", "200 200 200 200 200 200 302 404"),
    Row("POST", "/meetings/{live_meeting}/room/", "302 302 302 403 403 302 401 404", ENTRY),
    Row("GET", "/meetings/{live_meeting}/cockpit/", "200 403 403 403 403 403 302 404"),
    Row(
        "POST",
        "/meetings/{live_meeting}/cockpit/",
        "302 403 403 403 403 403 401 404",
        {"action": "close"},
    ),
    Row("GET", "/meetings/{live_meeting}/projector/", "200 200 200 200 200 200 302 404"),
    Row("GET", "/meetings/{live_meeting}/join.svg", "200 200 200 200 200 200 302 404"),
    Row("GET", "/join/", "200"),
    Row("POST", "/join/", "302", {"code": "ABC 234"}),
    Row("GET", "/join/{join_code}/", "302 302 302 302 302 302 200 200"),
    Row(
        "POST",
        "/join/{join_code}/",
        "302 302 302 302 302 302 302 200",  # a stranger's account is no guest
        {"name": "王老师", "unit": "党校"},
    ),
    Row("WS", "/ws/meetings/{meeting}/", "101 101 101 101 101 4403 4401 4403"),
    Row("WS", "/ws/meetings/{live_meeting}/", "101 101 101 101 101 101 4401 4403"),
    Row("WS", "/ws/meetings/{draft_meeting}/", "101 4403 4403 4403 4403 4403 4401 4403"),
    Row("WS", "/ws/elsewhere/", "403"),
]

ARCHIVE: list[Row] = [
    Row("GET", "/archive/", "200 200 200 200 200 403 302 200"),
    Row("GET", "/archive/1999/", "404 404 404 404 404 403 302 404"),
    Row("GET", "/archive/meetings/{closed_meeting}/", "200 200 200 200 200 403 302 404"),
    Row("GET", "/archive/townships/{township}/", "200 200 200 200 200 403 302 404"),
    Row("GET", "/search/", "200 200 200 200 200 403 302 200"),
    Row("GET", "/api/v1/search", "200 200 200 200 200 403 401 200"),
    Row("GET", "/archive/integrity/", "200 403 403 403 200 403 302 200"),
    Row("POST", "/archive/integrity/check/", "302 403 403 403 302 403 401 302"),
    Row("GET", "/archive/meetings/{closed_meeting}/correct/", "403 403 403 403 200 403 302 404"),
    Row("POST", "/archive/meetings/{closed_meeting}/correct/", "403 403 403 403 200 403 401 404"),
    Row("GET", "/archive/meetings/{closed_meeting}/package.zip", "403 403 403 403 200 403 302 404"),
    Row("GET", "/archive/{year}/package.zip", "403 403 403 403 200 403 302 403"),
    Row("GET", "/archive/{year}/q{quarter}/package.zip", "403 403 403 403 200 403 302 403"),
]

HUB: list[Row] = [
    Row("GET", "/", "200 200 200 200 200 302 302 200"),
    Row("GET", "/meetings/{meeting}/", "200 200 200 200 200 404 302 404"),
    Row("GET", "/meetings/{draft_meeting}/", "200 404 404 404 404 404 302 404"),
    Row("GET", "/meetings/{live_meeting}/", "200 200 200 200 200 200 302 404"),
    Row("GET", "/meetings/{closed_meeting}/", "200 200 200 200 200 404 302 404"),
    Row("GET", "/api/v1/openapi.json", "200"),
    Row("GET", "/api/v1/", "404"),
    Row("POST", "/language/", "302"),
    Row("GET", "/jsi18n/", "200"),
    Row("GET", "/health/", "200"),
    Row("GET", "/metrics", "200"),
]

ROWS = [*ALLAUTH, *TOWNSHIPS, *MEETINGS, *UPLOADS, *BOARD, *REALTIME, *ARCHIVE, *HUB]
