"""The pages of the live room: participant, cockpit, projector, the door, the QR code."""

import uuid
from collections.abc import Callable
from io import BytesIO
from typing import Any

import segno
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

import board.services
import meetings.services
from meetings.models import Meeting
from meetings.queries import visible_meeting
from townships.actors import Actor
from townships.pages import actor_of, address_of
from townships.permissions import Action, require
from townships.problems import NotFound, Problem

from . import joining, pairing
from .forms import CodeForm, GuestForm, KeyForm, PlainPostForm
from .pages import BADGES, cockpit_state, hall_state, room_state


def door(request: HttpRequest, meeting: Meeting) -> dict[str, str]:
    """The address that the QR code holds, and how it reads on the screen. Wherever it is shown the
    meeting is at home (`joining`)."""
    joining.make_home(meeting, address_of(request))
    if meeting.is_live and meeting.join_code:
        path = reverse("join_code", args=[meeting.join_code])
    else:
        path = reverse("room", args=[meeting.pk])
    return {
        "address": request.build_absolute_uri(path),
        "short": request.get_host() + reverse("join"),
    }


@require_http_methods(["GET", "HEAD", "POST"])
def room(request: HttpRequest, meeting_id: uuid.UUID) -> HttpResponse:
    """The participant's page. `?plain=1` is the same to read and write without scripts."""
    actor = actor_of(request)
    try:
        meeting = visible_meeting(actor, meeting_id)
    except NotFound:
        if actor.guest_meeting_id != meeting_id:
            raise
        return join_again(request, meeting_id)
    if request.method == "POST" or "plain" in request.GET:
        return plain_room(request, meeting)
    context = {
        "meeting": meeting,
        "state": room_state(actor, meeting),
        "door": door(request, meeting),
        "badges": BADGES,
    }
    return render(request, "realtime/room.html", context)


def join_again(request: HttpRequest, meeting_id: uuid.UUID) -> HttpResponse:
    """For a guest whose access ended: that the meeting is over, or the way back in by the code of now."""
    context: dict[str, Any] = {"form": CodeForm(), "problem": joining.JoinAgain()}
    if joining.is_over(meeting_id):
        context = {"problem": joining.MeetingEnded()}
    return render(request, "realtime/join.html", context, status=joining.JoinAgain.status)


def plain_room(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    """The board as a list and a form: works in any browser."""
    actor = actor_of(request)
    problem: Problem | None = None
    form = PlainPostForm(request.POST or None, initial={"client_id": uuid.uuid4().hex})
    if request.method == "POST" and form.is_valid():
        try:
            board.services.add_post(actor=actor, meeting_id=meeting.pk, **form.cleaned_data)
            return redirect(f"{reverse('room', args=[meeting.pk])}?plain=1")
        except Problem as caught:
            problem = caught
    state = room_state(actor, meeting)
    context = {"meeting": meeting, "state": state, "form": form, "problem": problem}
    status = problem.status if problem else 200
    return render(request, "realtime/plain.html", context, status=status)


HOST_ACTIONS: dict[str, Callable[..., Any]] = {
    "announce": meetings.services.announce_meeting,
    "open": meetings.services.open_meeting,
    "close": meetings.services.close_meeting,
    "new_code": meetings.services.rotate_join_code,
    "pause": meetings.services.stop_item,
}


@require_http_methods(["GET", "HEAD", "POST"])
def cockpit(request: HttpRequest, meeting_id: uuid.UUID) -> HttpResponse:
    """The host's page; its forms open and close the meeting and start agenda items."""
    actor = actor_of(request)
    meeting = visible_meeting(actor, meeting_id)
    require(actor, Action.SCHEDULE, meeting)
    if request.method == "POST":
        host_action(request, actor, meeting)
        if "application/json" in request.headers.get("Accept", ""):
            return HttpResponse(status=204)
        return redirect("cockpit", meeting_id=meeting.pk)
    context = {
        "meeting": meeting,
        "state": cockpit_state(actor, meeting),
        "door": door(request, meeting),
        "badges": BADGES,
    }
    return render(request, "realtime/cockpit.html", context)


def host_action(request: HttpRequest, actor: Actor, meeting: Meeting) -> None:
    """One of HOST_ACTIONS, or `start` with the `item` to start. Raises `NotFound` for others."""
    action = request.POST.get("action", "")
    if action in HOST_ACTIONS:
        HOST_ACTIONS[action](actor=actor, meeting_id=meeting.pk)
        return
    try:
        item_id = uuid.UUID(request.POST.get("item", ""))
    except ValueError:
        raise NotFound from None
    if action != "start" or not meeting.agenda.filter(pk=item_id).exists():
        raise NotFound
    meetings.services.start_item(actor=actor, item_id=item_id)


@require_GET
def projector(request: HttpRequest, meeting_id: uuid.UUID) -> HttpResponse:
    """The hall's screen: no controls, follows the host."""
    actor = actor_of(request)
    return projector_page(request, actor, visible_meeting(actor, meeting_id))


def projector_page(request: HttpRequest, actor: Actor, meeting: Meeting) -> HttpResponse:
    context = {
        "meeting": meeting,
        "state": hall_state(actor, meeting),
        "door": door(request, meeting),
        "badges": BADGES,
    }
    return render(request, "realtime/projector.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def screen(request: HttpRequest, key: str = "") -> HttpResponse:
    """The hall's computer: with the link's key the projector page, without signing in.

    The address stays the same, so the page comes back after a restart. Whoever is signed in here is
    asked first, for they are signed out by it.
    """
    form = KeyForm(request.POST or None)
    if not key:
        if request.method == "POST" and form.is_valid():
            return redirect("screen_key", key=form.cleaned_data["code"])
        return render(request, "realtime/screen.html", {"form": form})
    try:
        meeting = pairing.meeting_by_key(key, address_of(request))
    except Problem as problem:
        context = {"form": KeyForm(), "problem": problem}
        return render(request, "realtime/screen.html", context, status=problem.status)
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if actor.is_screen and joining.may_enter(actor, meeting):
        return projector_page(request, actor, visible_meeting(actor, meeting.pk))
    if request.user.is_authenticated and request.method != "POST":
        return render(request, "realtime/screen.html", {"meeting": meeting})
    logout(request)
    pairing.become_screen(session=request.session, meeting=meeting)
    return redirect("screen_key", key=key)


@require_GET
def join_picture(request: HttpRequest, meeting_id: uuid.UUID) -> HttpResponse:
    """The QR code of the door as SVG, dark on white."""
    meeting = visible_meeting(actor_of(request), meeting_id)
    out = BytesIO()
    code = segno.make(door(request, meeting)["address"], error="m", micro=False)
    code.save(out, kind="svg", border=2, xmldecl=False, svgns=True, light="#fff", omitsize=True)
    return HttpResponse(out.getvalue(), content_type="image/svg+xml")


@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, code: str = "") -> HttpResponse:
    """The door: a code, then the room; whoever has no account gives name and unit."""
    if not code:
        form = CodeForm(request.POST or None)
        if request.method == "POST" and form.is_valid() and form.cleaned_data["code"]:
            return redirect("join_code", code=form.cleaned_data["code"])
        return render(request, "realtime/join.html", {"form": form})
    try:
        meeting = joining.meeting_by_code(code, address_of(request))
    except Problem as problem:
        form = CodeForm(initial={"code": joining.clean_code(code)})
        context = {"form": form, "problem": problem}
        return render(request, "realtime/join.html", context, status=problem.status)
    if joining.may_enter(request.actor, meeting):  # type: ignore[attr-defined]
        return redirect("room", meeting_id=meeting.pk)
    return guest_door(request, meeting)


def guest_door(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    """Name and unit of a guest, or the way to the sign-in page where guests are not let in."""
    form = GuestForm(request.POST or None)
    welcome = meeting.allows_guests and not request.user.is_authenticated
    if request.method == "POST" and welcome and form.is_valid():
        joining.enter_as_guest(session=request.session, meeting=meeting, **form.cleaned_data)
        return redirect("room", meeting_id=meeting.pk)
    room_address = reverse("room", args=[meeting.pk])
    context = {"form": form, "meeting": meeting, "room": room_address, "welcome": welcome}
    return render(request, "realtime/guest.html", context)
