"""Bringing old meetings in by the page: send a ZIP in pieces, look at the dry run, say yes, watch."""

import uuid
from typing import IO, cast

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from townships.pages import actor_of, done_or_said
from townships.permissions import Action, require
from townships.problems import Invalid, Problem

from . import old_bring
from .models import OldImport
from .old_summary import summary


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """How the folders have to look, the field for the ZIP, and the imports so far."""
    actor = actor_of(request)
    require(actor, Action.IMPORT)
    imports = OldImport.objects.filter(county=actor.county_id)[:30]
    return render(request, "archive/bring.html", {"imports": imports, "most": old_bring.LARGEST})


@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """Announce a ZIP; answers where its pieces go. Without a script the form says what is missing."""
    try:
        size = int(request.POST.get("size", ""))
    except ValueError:
        raise Invalid from None
    made = old_bring.begin(actor=actor_of(request), name=request.POST.get("name", ""), size=size)
    return JsonResponse(
        {
            "id": str(made.pk),
            "pieces": reverse("archive:old_pieces", args=[made.pk]),
            "url": reverse("archive:bringing", args=[made.pk]),
            "piece": old_bring.PIECE_BYTES,
        },
        status=201,
    )


@require_POST
def pieces(request: HttpRequest, import_id: uuid.UUID) -> HttpResponse:
    """One piece of the ZIP as the body, `?offset=`; answers how much has come."""
    offset = request.GET.get("offset", "")
    if not (offset.isascii() and offset.isdigit() and len(offset) < 16):
        raise Invalid
    length = request.headers.get("Content-Length", "")
    if not length.isdigit() or not 0 < int(length) <= old_bring.PIECE_BYTES:
        raise Invalid
    actor = actor_of(request)
    try:
        found = old_bring.receive(
            actor=actor, import_id=import_id, offset=int(offset), source=cast("IO[bytes]", request)
        )
    except old_bring.WrongOffset as problem:
        return JsonResponse(problem.as_dict() | problem.params, status=409)
    return JsonResponse({"received": found.received, "state": found.state})


@require_GET
def bringing(request: HttpRequest, import_id: uuid.UUID) -> HttpResponse:
    """One import: what the dry run found, or how far it is."""
    found = old_bring.find(actor_of(request), import_id)
    told = summary(found)
    context = {
        "bringing": found,
        "told": told,
        "working": found.state in (OldImport.State.LOOKING, OldImport.State.RUNNING),
    }
    return render(request, "archive/bringing.html", context)


@require_POST
def confirm(request: HttpRequest, import_id: uuid.UUID) -> HttpResponse:
    done_or_said(request, old_bring.confirm, actor=actor_of(request), import_id=import_id)
    return redirect("archive:bringing", import_id)


@require_POST
def drop(request: HttpRequest, import_id: uuid.UUID) -> HttpResponse:
    try:
        old_bring.drop(actor=actor_of(request), import_id=import_id)
    except Problem as problem:
        if problem.status != 409:
            raise
        return redirect("archive:bringing", import_id)
    return redirect("archive:bring")
