"""Next month's meeting from the last one: the same skeleton, the roster one turn further."""

import datetime as dt
import uuid
from collections.abc import Iterable

from django.db import transaction

from townships.actors import Actor
from townships.models import Township
from townships.permissions import Action, require

from .. import roster
from ..models import AgendaItem, Meeting, Series, Turn
from .agenda import add_item, same_distance
from .series import create_meeting_from_series, locked_series


def make_next_meeting(*, actor: Actor, series_id: uuid.UUID, day: dt.date | None = None) -> Meeting:
    """The draft of the series' next meeting (or of `day`), made from the one before it.

    Its agenda has the same steps; the steps of townships go to those whose turn it is now, without
    last month's topics and names. Deadlines follow the series; open cases are put on top by
    whoever listens to `meeting_made`. Raises like `create_meeting_from_series`.
    """
    require(actor, Action.SCHEDULE)
    with transaction.atomic():
        series = locked_series(actor, series_id)
        source = last_meeting(series)
        values = {}
        if source is not None:
            values = {
                "minutes": round((source.ends_at - source.starts_at).total_seconds() / 60),
                "note": source.note,
                "allows_guests": source.allows_guests,
                "approve_first": source.approve_first,
            }
        meeting = create_meeting_from_series(actor=actor, series_id=series_id, day=day, **values)
        if source is not None:
            assert meeting.series_day is not None
            order = turn_order(series, meeting.series_day)
            _copy(actor, source, meeting, order)
        meeting.refresh_from_db()
    return meeting


def last_meeting(series: Series) -> Meeting | None:
    """The series' newest meeting with an agenda that was not called off."""
    return (
        series.meetings.filter(called_off_at=None, agenda__township__isnull=False)
        .order_by("-starts_at")
        .first()
        or series.meetings.filter(called_off_at=None, agenda__isnull=False)
        .order_by("-starts_at")
        .first()
    )


def turn_order(series: Series, day: dt.date) -> list[Township]:
    """All active townships: first those whose turn the day is, then in rotation."""
    towns = roster.active_towns(series.county_id)
    by_id = {town.pk: town for town in towns}
    turns = Turn.objects.filter(series=series, day=day).order_by("position", "pk")
    planned = [by_id[pk] for pk in turns.values_list("township_id", flat=True) if pk in by_id]
    rest = [town for town in towns if town not in planned]
    return planned + roster.next_in_turn(rest, roster.last_turns(series, before=day))


def given_places(
    items: Iterable[AgendaItem], order: list[Township]
) -> dict[uuid.UUID, Township | None]:
    """Which township takes over from which; None where there are fewer townships now. Pure.

    Presentations are given first, so that they go to those who waited longest.
    """
    items = [item for item in items if item.township_id is not None]
    first = [item for item in items if item.kind == roster.PRESENTATION]
    rest = [item for item in items if item.kind != roster.PRESENTATION]
    before = list(dict.fromkeys(item.township_id for item in [*first, *rest] if item.township_id))
    return {
        town_id: order[place] if place < len(order) else None
        for place, town_id in enumerate(before)
    }


def _copy(actor: Actor, source: Meeting, meeting: Meeting, order: list[Township]) -> None:
    items = list(source.agenda.select_related("township"))
    places = given_places(items, order)
    there = set(meeting.agenda.filter(township=None).values_list("kind", "title"))
    presenting: list[Township] = []
    for item in items:
        town = None
        if item.township_id is not None:
            town = places[item.township_id]
            if town is None:
                continue
            if item.kind == roster.PRESENTATION and town not in presenting:
                presenting.append(town)
        elif (item.kind, item.title) in there:
            continue  # the open cases are on top already
        add_item(
            actor=actor,
            meeting_id=meeting.pk,
            kind=item.kind,
            title="" if town else item.title,
            township_id=town.pk if town else None,
            minutes=item.minutes,
            expects_deck=item.expects_deck,
            expects_manuscript=item.expects_manuscript,
            due_at=same_distance(source, item, meeting),
        )
    assert meeting.series is not None
    _remember(meeting.series, meeting.series_day, presenting)


def _remember(series: Series, day: dt.date | None, towns: list[Township]) -> None:
    """The turns of the day as they were given, so that they can be swapped."""
    assert day is not None
    Turn.objects.filter(series=series, day=day).exclude(township__in=towns).delete()
    known = set(Turn.objects.filter(series=series, day=day).values_list("township_id", flat=True))
    Turn.objects.bulk_create(
        Turn(series=series, day=day, township=town, position=place)
        for place, town in enumerate(towns)
        if town.pk not in known
    )
