"""The page of one meeting: its agenda, its materials, and what can be done with it now."""

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from board.queries import cases_for
from meetings import queries
from meetings.clashes import clashes_of
from meetings.expected import KINDS
from meetings.models import AgendaItem
from meetings.reminders.texts import kind_words
from meetings.timing import Timetable
from townships.pages import actor_of
from townships.permissions import Action, can

from .slots import Line, lines_of

MOST_CASES = 100


def expected_of(item: AgendaItem, due: dict[Any, dt.datetime] | None) -> dict[str, Any]:
    """What an item expects of its township, in words, and by when; nothing once it is too late."""
    kinds = [kind for kind in KINDS if getattr(item, f"expects_{kind}")]
    if due is None or not kinds:
        return {}
    comma = pgettext("between items of a list", ", ")
    wanted = [due[item.township_id, kind] for kind in kinds if (item.township_id, kind) in due]
    words = comma.join(kind_words(kind) for kind in kinds)
    return {"expects": words, "due": min(wanted, default=None)}


def agenda_rows(
    table: Timetable, due: dict[Any, dt.datetime] | None = None
) -> list[dict[str, Any]]:
    """The agenda as the design system's component takes it; `due`: by (township, kind)."""
    return [
        {
            "id": row.item.pk,
            "kind": row.item.kind,
            "title": str(row.item),
            "township": row.item.township.name if row.item.township else "",
            "presenter": row.item.presenter,
            "starts": row.starts,
            "minutes": row.item.minutes,
            "state": row.state,
            **expected_of(row.item, due),
        }
        for row in table.rows
    ]


def due_of(lines: Iterable[Line]) -> dict[Any, dt.datetime]:
    """By when each slot's material is due, for those the reader sees."""
    return {(line.township.pk, slot.kind): slot.due for line in lines for slot in line.slots}


@require_GET
def detail(request: HttpRequest, meeting_id: uuid.UUID) -> HttpResponse:
    """Constant queries, however long the agenda is."""
    actor = actor_of(request)
    meeting = queries.visible_meeting(actor, meeting_id)
    table = queries.agenda_of(meeting)
    lines = lines_of(actor, [meeting], pictures=True)[meeting.pk]
    everybody = lines
    sees_all = actor.is_staff or meeting.is_open
    if not sees_all:
        lines = [line for line in lines if line.township.pk == actor.township_id]
    pictures = [slot for line in lines for slot in line.slots if slot.material and slot.thumb]
    context = {
        "meeting": meeting,
        "table": table,
        "agenda": agenda_rows(table, None if meeting.is_open else due_of(everybody)),
        "lines": lines,
        "pictures": pictures if meeting.is_open else [],
        "sees_all": sees_all,
        "cases": cases_for(actor, status="all", meeting=meeting.pk)[:MOST_CASES]
        if can(actor, Action.SEE_CASE)
        else [],
        "soon": meeting.starts_at - timezone.now() < dt.timedelta(hours=12),
        "may_schedule": can(actor, Action.SCHEDULE, meeting),
        "clashes": clashes_of(actor, meeting),
    }
    return render(request, "hub/pages/meeting.html", context)
