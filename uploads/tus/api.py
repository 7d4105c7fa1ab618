"""tus 1.0.0 at /api/v1/uploads, as operations of the API."""

import json
import uuid
from collections.abc import Callable
from datetime import UTC
from email.utils import format_datetime
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Router

from townships.pages import actor_of
from townships.problems import Problem

from ..models import Upload, Version
from . import incoming, protocol
from .problems import BadHeader, ChunkTooLong, WrongContentType, WrongTusVersion

router = Router(tags=["uploads"])


def speak_tus(run: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Another version than ours is 412 before anything else (that answers name ours is `hub.middleware`'s)."""

    @wraps(run)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        asked = request.headers.get("Tus-Resumable")
        if request.method != "OPTIONS" and asked != protocol.VERSION:
            response = problem_answer(WrongTusVersion())
            response["Tus-Version"] = protocol.VERSION
        else:
            response = run(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        return response

    return answer


router.add_decorator(speak_tus, mode="view")


def problem_answer(problem: Problem) -> HttpResponse:
    return HttpResponse(
        json.dumps(problem.as_dict(), ensure_ascii=False),
        status=problem.status,
        content_type="application/problem+json; charset=utf-8",
    )


def http_date(upload: Upload) -> str:
    return format_datetime(upload.expires_at.astimezone(UTC), usegmt=True)


def body_of(request: HttpRequest, limit: int) -> Callable[[int], bytes]:
    """Reads the body in pieces, never as a whole. Raises `ChunkTooLong` by its declared length."""
    declared = request.headers.get("Content-Length")
    if declared and protocol.number("Content-Length", declared) > limit:
        raise ChunkTooLong(limit=limit)
    return request.read


def require_bytes(request: HttpRequest) -> None:
    if request.headers.get("Content-Type", "").split(";")[0].strip() != protocol.CONTENT_TYPE:
        raise WrongContentType


@router.api_operation(["OPTIONS"], "/uploads", auth=None, summary="What this tus server can do")
def options(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(status=204)
    response["Tus-Version"] = protocol.VERSION
    response["Tus-Extension"] = protocol.EXTENSIONS
    response["Tus-Checksum-Algorithm"] = ",".join(protocol.ALGORITHMS)
    response["Tus-Max-Size"] = str(settings.UPLOAD_MAX_BYTES)
    return response


@router.post("/uploads", response={201: None}, summary="Begin an upload (tus creation)")
def create(request: HttpRequest) -> HttpResponse:
    """Headers `Upload-Length` and `Upload-Metadata` (filename, meeting, kind, township).

    With `Content-Type: application/offset+octet-stream` the body is the first chunk.
    """
    if "Upload-Defer-Length" in request.headers:
        raise BadHeader(name="Upload-Length")
    length = protocol.number("Upload-Length", request.headers.get("Upload-Length"))
    raw = request.headers.get("Upload-Metadata", "")
    declared = request.headers.get("Content-Length") or "0"
    with_bytes = protocol.number("Content-Length", declared) > 0
    if with_bytes:
        require_bytes(request)
        body_of(request, settings.UPLOAD_CHUNK_BYTES)
    promised = protocol.checksum(request.headers.get("Upload-Checksum"))
    upload = incoming.start(
        actor=actor_of(request), length=length, metadata=protocol.metadata(raw), raw_metadata=raw
    )
    if with_bytes:
        try:
            upload = incoming.append(
                actor=actor_of(request),
                upload_id=upload.pk,
                offset=0,
                read=request.read,
                promised=promised,
            )
        except Problem:
            incoming.forget_unanswered(upload)
            raise
    response = HttpResponse(status=201)
    response["Location"] = f"{request.path.rstrip('/')}/{upload.pk}"
    return about(upload, response, with_offset=with_bytes)


def about(upload: Upload, response: HttpResponse, *, with_offset: bool = True) -> HttpResponse:
    if with_offset:
        response["Upload-Offset"] = str(upload.offset)
    response["Upload-Expires"] = http_date(upload)
    if upload.version_id:
        response["Lihui-Version"] = str(upload.version_id)
        version = Version.objects.filter(pk=upload.version_id).only("sha256").first()
        if version is not None:
            response["Lihui-SHA256"] = version.sha256
    return response


@router.api_operation(["HEAD"], "/uploads/{uuid:upload_id}", summary="How far an upload is")
def head(request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
    upload = incoming.find_upload(actor_of(request), upload_id)
    response = about(upload, HttpResponse(status=200))
    response["Upload-Length"] = str(upload.length)
    if upload.metadata:
        response["Upload-Metadata"] = upload.metadata
    return response


@router.patch("/uploads/{uuid:upload_id}", response={204: None}, summary="Send the next chunk")
def patch(request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
    return take_chunk(request, upload_id)


def take_chunk(request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
    """204 with the new offset, once the bytes are durable."""
    require_bytes(request)
    offset = protocol.number("Upload-Offset", request.headers.get("Upload-Offset"))
    promised = protocol.checksum(request.headers.get("Upload-Checksum"))
    upload = incoming.append(
        actor=actor_of(request),
        upload_id=upload_id,
        offset=offset,
        read=body_of(request, settings.UPLOAD_CHUNK_BYTES),
        promised=promised,
    )
    return about(upload, HttpResponse(status=204))


@router.delete("/uploads/{uuid:upload_id}", response={204: None}, summary="Cancel an upload")
def delete(request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
    return remove(request, upload_id)


def remove(request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
    incoming.cancel(actor=actor_of(request), upload_id=upload_id)
    return HttpResponse(status=204)


@router.post(
    "/uploads/{uuid:upload_id}",
    response={204: None},
    summary="PATCH or DELETE for clients that cannot (X-HTTP-Method-Override)",
)
def overridden(request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
    method = request.headers.get("X-HTTP-Method-Override", "").upper()
    operation = {"PATCH": take_chunk, "DELETE": remove, "HEAD": head}.get(method)
    if operation is None:
        raise BadHeader(name="X-HTTP-Method-Override")
    return operation(request, upload_id)
