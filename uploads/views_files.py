"""Files: pictures of pages, PDFs, originals. Rights are checked on every request that reaches us."""

import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import IO

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.files.storage import storages
from django.db import connection, connections
from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotModified,
    HttpResponseRedirect,
)
from django.utils.http import content_disposition_header, parse_etags
from django.views.decorators.http import require_safe

from townships.pages import actor_of
from townships.problems import NotFound

from . import files, queries, ranges
from .models import Version
from .processing.media import playable

PICTURE_SECONDS = 3600
PIECE = 256 * 1024


class Part:
    """Reads `length` bytes of an open file and closes it; what a range answer streams."""

    def __init__(self, opened: IO[bytes], length: int) -> None:
        self.opened, self.left = opened, length

    def read(self, size: int = -1) -> bytes:
        piece = self.opened.read(self.left if size < 0 else min(size, self.left))
        self.left -= len(piece)
        return piece

    def close(self) -> None:
        self.opened.close()


class Download(FileResponse):
    """A file answer that an ASGI server takes piece by piece.

    Django's own would read the whole file into memory before the first byte is sent there.
    """

    block_size = PIECE

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if connection.vendor != "sqlite":  # a slow reader must not keep one of the pool from others
            await sync_to_async(connections.close_all)()
        pieces: Iterator[bytes] = iter(self.streaming_content)  # type: ignore[arg-type]
        following = sync_to_async(lambda: next(pieces, b""))
        while piece := await following():
            yield piece


def send_file(
    request: HttpRequest, key: str, *, media_type: str, filename: str = "", cache: str
) -> HttpResponseBase:
    """A stored file: from disk with range and ETag, from S3 by a signed address that lives 60 s.

    With `filename` it is an attachment under that name (RFC 6266, Chinese by RFC 8187); never shown
    inside our pages. Raises `NotFound` when the file is not there.
    """
    disposition = content_disposition_header(bool(filename), filename) or "inline"
    if not files.on_disk():
        return _signed(key, media_type, disposition)
    etag = f'"{uuid.uuid5(uuid.NAMESPACE_URL, key).hex}"'  # keys are never written twice
    if etag in parse_etags(request.headers.get("If-None-Match", "")):
        response: HttpResponseBase = HttpResponseNotModified()
    else:
        response = _from_disk(request, files.disk_path(key), etag)
        response["Content-Type"] = media_type
        response["Content-Disposition"] = disposition
    response["ETag"] = etag
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = cache
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _from_disk(request: HttpRequest, path: Path, etag: str) -> HttpResponseBase:
    try:
        opened = path.open("rb")
    except FileNotFoundError:
        raise NotFound from None
    size = path.stat().st_size
    wanted = request.headers.get("Range") if request.method == "GET" else None
    if request.headers.get("If-Range", etag) != etag:
        wanted = None
    try:
        part = ranges.parse(wanted, size)
    except ranges.Unsatisfiable:
        opened.close()
        response = HttpResponse(status=416)
        response["Content-Range"] = f"bytes */{size}"
        return response
    if part is None:
        return Download(opened)
    first, last = part
    opened.seek(first)
    answer = Download(Part(opened, last - first + 1), status=206)
    answer["Content-Length"] = str(last - first + 1)
    answer["Content-Range"] = f"bytes {first}-{last}/{size}"
    return answer


def _signed(key: str, media_type: str, disposition: str) -> HttpResponse:
    parameters = {
        "ResponseContentType": media_type,
        "ResponseContentDisposition": disposition,
        "ResponseCacheControl": "private, max-age=60",
    }
    address = storages["downloads"].url(  # type: ignore[call-arg]
        key, parameters=parameters, expire=settings.SIGNED_URL_SECONDS
    )
    response = HttpResponseRedirect(address)
    response["Cache-Control"] = "private, no-store"
    return response


def _picture(request: HttpRequest, page_id: uuid.UUID, name: str) -> HttpResponseBase:
    page = queries.visible_page(actor_of(request), page_id)
    key = getattr(page, name)
    if not key:
        raise NotFound
    # A page's picture may be made anew (a retry), so the address is not immutable by itself; the
    # pages add ?v=<version and attempt>, and what carries it never changes.
    lasting = "immutable" if "v" in request.GET else "must-revalidate"
    return send_file(
        request,
        key,
        media_type="image/webp",
        cache=f"private, max-age={PICTURE_SECONDS}, {lasting}",
    )


@require_safe
def page_image(request: HttpRequest, page_id: uuid.UUID) -> HttpResponseBase:
    """A page as the hall sees it: WebP, 1920 pixels wide."""
    return _picture(request, page_id, "image")


@require_safe
def page_thumb(request: HttpRequest, page_id: uuid.UUID) -> HttpResponseBase:
    """A page in small: WebP, 480 pixels wide."""
    return _picture(request, page_id, "thumb")


@require_safe
def page_media(request: HttpRequest, page_id: uuid.UUID, place: int) -> HttpResponseBase:
    """A sound or video of a slide, of the kind its own bytes showed; with ranges, so that it seeks."""
    page = queries.visible_page(actor_of(request), page_id)
    if not 0 <= place < len(page.media):
        raise NotFound
    item = page.media[place]
    return send_file(
        request,
        item["key"],
        media_type=item["type"],
        filename="" if playable(item["type"]) else item["name"],
        cache=f"private, max-age={PICTURE_SECONDS}, must-revalidate",
    )


@require_safe
def version_original(request: HttpRequest, version_id: uuid.UUID) -> HttpResponseBase:
    """The file byte for byte as it was sent, always as a download."""
    version = queries.visible_version(actor_of(request), version_id)
    return send_file(
        request,
        version.original,
        media_type="application/octet-stream",
        filename=version.filename,
        cache="private, no-cache",
    )


@require_safe
def version_pdf(request: HttpRequest, version_id: uuid.UUID) -> HttpResponseBase:
    """The PDF of a version, as a download: it may hold scripts and links of its author."""
    version = queries.visible_version(actor_of(request), version_id)
    if not version.pdf:
        raise NotFound
    return send_file(
        request,
        version.pdf,
        media_type="application/pdf",
        filename=pdf_name(version),
        cache="private, no-cache",
    )


def pdf_name(version: Version) -> str:
    """Under which name a version's PDF is downloaded."""
    return f"{Path(version.filename).stem}.pdf"
