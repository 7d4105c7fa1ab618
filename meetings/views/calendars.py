"""Calendars people subscribe to, and a meeting as an .ics file."""

import hashlib
import uuid
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.http import content_disposition_header, parse_etags
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from townships import throttle
from townships.actors import Actor, actor_of_membership
from townships.pages import actor_of, address_of
from townships.permissions import Action, can
from townships.problems import NotAllowed, NotFound

from .. import queries
from ..calendars.entries import choice_of, county_entries, entries_for, entry_of
from ..calendars.ics import calendar_of
from ..models import CalendarKey
from ..services import calendars

ICS = "text/calendar; charset=utf-8"
WRONG_ADDRESSES = 60  # a minute, from one address of the network


def member_of(request: HttpRequest) -> Actor:
    """The actor, somebody of the county; guests and screens are refused. Raises `NotAllowed`."""
    actor = actor_of(request)
    if actor.membership_id is None:
        raise NotAllowed
    return actor


@require_http_methods(["GET", "POST"])
def calendar_page(request: HttpRequest) -> HttpResponse:
    """The secret addresses; POST makes one anew (`make`) or ends it (`revoke`)."""
    actor = member_of(request)
    if request.method == "POST":
        county = request.POST.get("county") == "1"
        if "revoke" in request.POST:
            calendars.revoke_key(actor=actor, county=county)
            messages.success(
                request, _("The address has ended. Calendars that ask for it find nothing.")
            )
        else:
            language = translation.get_language() or ""
            calendars.make_key(actor=actor, county=county, language=language)
            messages.success(request, _("There is a new address. An earlier one has ended."))
        return redirect("meetings:calendar")
    context: dict[str, Any] = {"own": shown(request, calendars.own_key(actor))}
    if can(actor, Action.SCHEDULE):
        context["of_county"] = shown(request, calendars.county_key(actor))
    response = render(request, "meetings/calendar.html", context)
    response["Cache-Control"] = "no-store"
    return response


def shown(request: HttpRequest, key: CalendarKey | None) -> dict[str, Any] | None:
    """A key with its addresses: for copying, and for the programs that know `webcal:`."""
    if key is None:
        return None
    url = request.build_absolute_uri(reverse("meetings:feed", args=[calendars.secret_of(key)]))
    return {"key": key, "url": url, "webcal": f"webcal:{url.partition(':')[2]}"}


@require_safe
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The calendar of a secret address. Everything else is not found, alike."""
    try:
        key = calendars.key_of(secret)
    except NotFound:
        throttle.spend("calendar", address_of(request), limit=WRONG_ADDRESSES)
        raise
    zone = ZoneInfo(key.county.time_zone)
    with translation.override(key.language or key.county.language):
        if key.membership is None:
            name, entries = key.county.name, county_entries(key.county)
        else:
            actor = actor_of_membership(key.membership)
            if actor.role is None:
                raise NotFound
            name, entries = f"{key.county.name} · {actor.name}", entries_for(actor)
        text = calendar_of(entries, zone=zone, name=name, method="PUBLISH")
    calendars.note_use(key)
    etag = f'"{hashlib.sha256(text).hexdigest()[:32]}"'
    if etag in parse_etags(request.headers.get("If-None-Match", "")):
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(text, content_type=ICS)
        response["Content-Disposition"] = content_disposition_header(False, "lihui.ics") or "inline"
    response["ETag"] = etag
    response["Cache-Control"] = "private, max-age=300"
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "no-referrer"
    return response


@require_GET
def invitation(request: HttpRequest, meeting_id: uuid.UUID) -> HttpResponse:
    """One meeting for the reader's calendar; the same event as in the feed and in mails."""
    actor = actor_of(request)
    meeting = queries.visible_meeting(actor, meeting_id)
    entry = entry_of(meeting, choice_of(actor.user_id))
    text = calendar_of([entry], zone=meeting.zone, method="PUBLISH")
    response = HttpResponse(text, content_type=ICS)
    name = f"{meeting.title}.ics"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["Cache-Control"] = "private, no-store"
    return response
