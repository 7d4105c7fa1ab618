"""The month's deck: fetched by a township, and the county's own deck that it is made of."""

import uuid

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from townships.pages import actor_of
from townships.permissions import Action, require
from townships.problems import NotAllowed, NotFound

from . import base_decks
from .models import Kind
from .monthly.headings import TITLES
from .progress import MEDIA_TYPES
from .slots import find_slot
from .views_files import send_file


@require_safe
def month_deck(request: HttpRequest, meeting_id: uuid.UUID, township_id: uuid.UUID) -> HttpResponse:
    """The month's deck with this township's cover and the four headings, as a .pptx."""
    actor = actor_of(request)
    slot = find_slot(
        actor=actor, meeting_id=meeting_id, township_id=township_id, kind=Kind.DECK.value
    )
    if not (actor.is_staff or actor.township_id == slot.township_id):
        raise NotAllowed
    name, content = base_decks.month_deck(slot)
    return HttpResponse(
        content,
        headers={
            "Content-Type": MEDIA_TYPES["pptx"],
            "Content-Disposition": content_disposition_header(True, name) or "attachment",
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def base_deck(request: HttpRequest) -> HttpResponse:
    """The county's own deck: which one is used and how, sending another, going back to ours."""
    actor = actor_of(request)
    require(actor, Action.PEOPLE)
    if request.method == "POST":
        base_decks.remove_base_deck(actor=actor)
        return redirect("base_deck")
    base = base_decks.current_base(actor.county_id)
    context = {
        "base": base,
        "facts": base_decks.facts_of(base) if base else None,
        "titles": list(TITLES.values()),
        "endings": " ".join(base_decks.ENDINGS),
        "accept": ",".join(base_decks.ENDINGS),
        "most": settings.BASE_DECK_BYTES,
        "data": {"most": settings.BASE_DECK_BYTES, "endings": list(base_decks.ENDINGS)},
    }
    return render(request, "uploads/base_deck.html", context)


@require_safe
def base_original(request: HttpRequest) -> HttpResponseBase:
    """The county's own deck as it came."""
    actor = actor_of(request)
    require(actor, Action.PEOPLE)
    base = base_decks.current_base(actor.county_id)
    if base is None:
        raise NotFound
    return send_file(
        request,
        base.original,
        media_type="application/octet-stream",
        filename=base.filename,
        cache="private, no-cache",
    )
