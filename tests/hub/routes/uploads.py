"""Rows of `uploads/`."""

from typing import Any

from django.conf import settings

from tests.uploads.ready import make_ready
from uploads.models import Version
from uploads.tus.incoming import start

from ..matrix import Row, Thing, World

FILE = "302" if settings.S3_BUCKET else "200"  # on S3 a signed address
HIDDEN = "404 404 404 404 302 404"  # a page about what is not yours to see
HIDDEN_API = "404 404 404 404 401 404"
SLOT = "/meetings/{meeting}/slots/{township}/deck/"
ONLY_STAFF = "403 403 403 403 403 401"
OCTETS = {"Content-Type": "application/octet-stream"}
EXTENSIONS = "/api/v1/meetings/{meeting}/extensions"
TUS = {"Tus-Resumable": "1.0.0"}
TUS_BYTES = TUS | {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}


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


def ask(world: World) -> dict[str, str]:
    return {"kind": "deck", "reason": "停电", "township": str(world.township.pk)}


def grant(world: World) -> dict[str, str]:
    return {"kind": "deck", "until": "2100-01-01T00:00:00Z", "township": str(world.township.pk)}


THINGS: dict[str, Thing] = {
    "version": version,
    "material": lambda world: Version.objects.get(pk=world["version"]).material,
    "page": lambda world: Version.objects.get(pk=world["version"]).pages.first(),
    "upload": upload,
}

ROWS: list[Row] = [
    Row("GET", SLOT, "200 200 403 403 403 404 302 404"),
    Row("POST", SLOT, "302 302 403 403 403 404 401 404", body={"act": "ask", "reason": "停电"}),
    Row("GET", "/materials/{material}/", f"200 200 {HIDDEN}"),
    Row("GET", "/pages/{page}/image.webp", f"{FILE} {FILE} {HIDDEN}"),
    Row("GET", "/pages/{page}/thumb.webp", f"{FILE} {FILE} {HIDDEN}"),
    Row("GET", "/versions/{version}/original", f"{FILE} {FILE} {HIDDEN}"),
    Row("GET", "/versions/{version}/document.pdf", f"{FILE} {FILE} {HIDDEN}"),
    Row(
        "GET", "/pages/{page}/media/0", "404 404 404 404 404 404 302 404"
    ),  # it has none; tests/uploads/test_media.py has some
    Row("GET", "/meetings/{meeting}/month-deck/{township}/", "200 200 403 403 403 404 302 404"),
    Row("GET", "/month-deck/", "200 403 403 403 403 403 302 200"),
    Row("POST", "/month-deck/", "302 403 403 403 403 403 401 302"),
    Row("GET", "/month-deck/original/", "404 403 403 403 403 403 302 404"),  # there is none
    Row("PUT", "/api/v1/base-deck?filename=a.pptx", f"400 {ONLY_STAFF} 400", b"", OCTETS),  # empty
    Row("DELETE", "/api/v1/base-deck", f"204 {ONLY_STAFF} 204"),
    Row("GET", "/materials/{material}/changes/", f"404 404 {HIDDEN}"),  # there is one version only
    Row("GET", "/materials/{material}/drafts/", f"200 200 {HIDDEN}"),
    Row("POST", "/materials/{material}/drafts/", f"302 302 {HIDDEN_API}"),
    Row("GET", "/api/v1/materials/{material}/changes", f"404 404 {HIDDEN_API}"),
    Row("PUT", "/api/v1/versions/{version}/approval", f"200 200 {HIDDEN_API}"),
    Row("DELETE", "/api/v1/versions/{version}/approval", f"200 200 {HIDDEN_API}"),
    Row("PUT", "/api/v1/versions/{version}/name", f"200 200 {HIDDEN_API}", body={"label": "终稿"}),
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
