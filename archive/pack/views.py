"""The page of a meeting's pack: everything in one click, or one part of it; the slides of the digest."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override
from django.views.decorators.http import require_GET, require_http_methods

from meetings.models import Meeting
from meetings.notice.words import language_of
from townships import sheets
from townships.actors import Actor
from townships.pages import actor_of
from townships.permissions import Action, require
from townships.views_people import as_uuid, download

from .. import browse
from ..bags import safe_name
from ..minutes.queries import minutes_for
from ..views_keep import sent
from . import services
from .content import decks_of, problem_table
from .digest import PPTX_TYPE, digest_of
from .pack import Pack, materials_of


def packed_meeting(actor: Actor, meeting_id: uuid.UUID) -> Meeting:
    """A closed meeting whose pack the actor may take. Raises `NotFound`, `NotAllowed`."""
    meeting = browse.closed_meeting(actor, meeting_id)
    require(actor, Action.MINUTES, meeting)
    return meeting


@require_http_methods(["GET", "POST"])
def page(request: HttpRequest, meeting_id: uuid.UUID) -> HttpResponse:
    """What the pack holds; POST chooses the slides of the digest."""
    actor = actor_of(request)
    meeting = packed_meeting(actor, meeting_id)
    if request.method == "POST":
        ids = [each for each in map(as_uuid, request.POST.getlist("page")) if each]
        count = services.choose_pages(actor=actor, meeting_id=meeting.pk, page_ids=ids)
        text = ngettext("The digest shows %(n)d slide.", "The digest shows %(n)d slides.", count)
        messages.success(
            request, text % {"n": count} if count else _("The digest chooses its slides by itself.")
        )
        return redirect("archive:pack", meeting.pk)
    shown = minutes_for(actor, meeting.pk)
    decks = decks_of(meeting)
    context = {
        "meeting": meeting,
        "minutes": shown.minutes,
        "materials": len(materials_of(meeting)),
        "decks": [
            {
                "material": deck.material,
                "pages": [
                    {
                        "page": page,
                        "thumb": reverse("page_thumb", args=[page.pk]) if page.thumb else "",
                        "chosen": page in deck.chosen,
                    }
                    for page in deck.pages
                ],
            }
            for deck in decks
        ],
        "chosen": sum(len(deck.chosen) for deck in decks),
        "problems": len(list(problem_table(meeting).rows)),
    }
    return render(request, "archive/pack/page.html", context)


@require_GET
def archive_zip(request: HttpRequest, meeting_id: uuid.UUID) -> StreamingHttpResponse:
    """The whole pack, made while it is sent."""
    actor = actor_of(request)
    meeting = packed_meeting(actor, meeting_id)
    pack = Pack(meeting, minutes_for(actor, meeting.pk))
    services.tell_audit(actor, meeting, "zip")
    response = StreamingHttpResponse(sent(pack.stream()), content_type="application/zip")
    header: Any = content_disposition_header(True, f"{pack.name}.zip")
    response["Content-Disposition"] = header
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_GET
def digest(request: HttpRequest, meeting_id: uuid.UUID) -> HttpResponseBase:
    """The digest alone."""
    actor = actor_of(request)
    meeting = packed_meeting(actor, meeting_id)
    services.tell_audit(actor, meeting, "digest")
    made = digest_of(meeting, decks_of(meeting))
    return download(made, f"{safe_name(meeting.title)} {_('Digest')}.pptx", PPTX_TYPE)


@require_GET
def problems(request: HttpRequest, meeting_id: uuid.UUID) -> HttpResponseBase:
    """The list of problems alone."""
    actor = actor_of(request)
    meeting = packed_meeting(actor, meeting_id)
    services.tell_audit(actor, meeting, "problems")
    with override(language_of(meeting)):
        made = sheets.xlsx_bytes([problem_table(meeting)])
    return download(
        made, f"{safe_name(meeting.title)} {_('List of problems')}.xlsx", sheets.XLSX_TYPE
    )
