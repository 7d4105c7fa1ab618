"""Second thoughts about a deck: a revised version of one, and who has looked at which.

Approvals are written directly: their service wants a version that is ready, and the worker makes
these ready only afterwards.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from io import BytesIO

from hub.demo.decks import build_deck
from hub.demo.months import Plan
from hub.demo.outlines import keep_outline
from hub.demo.topics import Slide, Talk
from meetings.models import Meeting
from uploads import services as uploads
from uploads.models import Approval, Kind, Material

PRACTICES = "推介的做法"


def second_thoughts(plan: Plan, meeting: Meeting) -> None:
    """The second township of a meeting to come sends its deck again (of the live one the organiser
    does it for them, after the deadline). Most townships have said that theirs is right, and the
    organiser has looked at every other one."""
    who = plan.order[min(1, plan.delivered - 1)]
    talk = revised(plan.talks[who])
    live = plan.until == "live"
    version = uploads.receive(
        actor=plan.settled.organiser if live else plan.settled.members[who][0],
        meeting_id=meeting.pk,
        township_id=plan.settled.townships[who].pk,
        kind=Kind.DECK.value,
        filename=talk.file_name.replace(".pptx", "（改）.pptx"),
        source=BytesIO(build_deck(talk)),
        at=plan.deadline + dt.timedelta(minutes=95)
        if live
        else plan.announced_at + dt.timedelta(hours=2),
    )
    keep_outline(version, talk, "deck")
    decks = Material.objects.filter(meeting=meeting, kind=Kind.DECK).select_related("current")
    _approve(plan, {deck.township_id: deck for deck in decks})


def _approve(plan: Plan, decks: dict[object, Material]) -> None:
    said = []
    for number, who in enumerate(plan.order[: plan.delivered]):
        deck = decks[plan.settled.townships[who].pk]
        if deck.current is None or number % 5 == 4:
            continue
        at = deck.current.uploaded_at + dt.timedelta(minutes=12 + 3 * number)
        owner = plan.settled.members[who][0]
        said.append(_said(deck, Approval.By.OWNER, owner.user_id, at))
        if number % 2 == 0:
            later = at + dt.timedelta(minutes=35)
            staff = plan.settled.organiser.user_id
            said.append(_said(deck, Approval.By.ORGANISER, staff, later))
    Approval.objects.bulk_create(said)


def _said(deck: Material, by: str, user_id: object, at: dt.datetime) -> Approval:
    return Approval(version_id=deck.current_id, by=by, user_id=user_id, at=at)


def revised(talk: Talk) -> Talk:
    """The deck after a second look: without its chart, its problems with one word more, and the
    practices on a slide of their own under the month's heading."""
    slides = [slide for slide in talk.slides if slide.kind != "chart"]
    slides = [_problems_again(slide, talk) for slide in slides]
    place = next((n for n, s in enumerate(slides) if "难题" in s.title), len(slides) - 1)
    notes = "这几条各乡镇都用得上，会上请大家提意见。"
    slides.insert(place, Slide("bullets", PRACTICES, tuple(talk.practices[:3]), notes))
    return replace(talk, slides=tuple(slides))


def _problems_again(slide: Slide, talk: Talk) -> Slide:
    if "难题" not in slide.title:
        return slide
    first, *rest = slide.bullets
    return replace(slide, bullets=(f"{first}（{talk.place.name}尤其突出）", *rest))
