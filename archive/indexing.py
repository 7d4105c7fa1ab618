"""Keeping the search index: what a meeting's objects become in it, and following the event log.

The worker calls `catch_up()` every second; a rebuild simply forgets how far it had read.
"""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import F, Prefetch, Q, QuerySet
from django.utils.translation import override, pgettext

from board.models import Case, Post, Reply
from meetings import events
from meetings.models import Event, Meeting, MeetingQuerySet
from uploads.models import Kind, Material, Page

from .engines import key
from .facets import Meaning, make_sure, meanings
from .folding import initials, tokens
from .minutes.queries import frozen_minutes
from .models import Entry, Follower

EVENTS_AT_ONCE = 2000
MINUTES_AT_ONCE = 60_000  # characters; PostgreSQL refuses the words of a text several times as long


def entry(
    meeting: Meeting,
    kind: str,
    source_id: uuid.UUID,
    object_id: uuid.UUID,
    *,
    title: str,
    text: str,
    at: datetime,
    township_id: uuid.UUID | None = None,
    number: int | None = None,
    names: Iterable[str] = (),
    category_id: uuid.UUID | None = None,
    state: str = "",
) -> Entry:
    """One unsaved row; `reindex` writes it and its facet. `source_id` is what is reindexed together
    (a material, a post, a meeting).

    Notes show their slide's title, but are found by their own words only. `names` of people and
    townships are also found by their pinyin initials.
    """
    letters = {letters for name in names if len(letters := initials(name)) > 1}
    local = meeting.starts_at.astimezone(ZoneInfo(meeting.county.time_zone))
    meaning = Meaning(
        meeting.county_id,
        kind,
        local.year,
        local.month,
        township_id,
        category_id,
        meeting.series_id,
        meeting.status,
        state,
    )
    row = Entry(
        facet_id=meaning.number,
        county_id=meeting.county_id,
        meeting=meeting,
        township_id=township_id,
        kind=kind,
        status=meeting.status,
        source_id=source_id,
        object_id=object_id,
        number=number,
        year=local.year,
        month=local.month,
        at=at,
        title=title[:500],
        text=text,
        title_tokens="" if kind == Entry.Kind.NOTES else tokens(title[:500]),
        text_tokens=" ".join([tokens(text), *sorted(letters)]),
    )
    row.meaning = meaning
    return row


def material_entries(meeting: Meeting, material: Material) -> Iterable[Entry]:
    """A material's pages, and the notes of each as a row of its own (fewer may find them)."""
    if material.withdrawn_at or material.current is None:
        return
    kind = Entry.Kind.SLIDE if material.kind == Kind.DECK else Entry.Kind.PAGE
    for page in material.current.pages.all():
        common: dict[str, Any] = {
            "at": meeting.starts_at,
            "township_id": material.township_id,
            "number": page.number,
        }
        title = page.title or material.title
        yield entry(meeting, kind, material.pk, page.pk, title=title, text=page.text, **common)
        if page.notes.strip():
            yield entry(
                meeting,
                Entry.Kind.NOTES,
                material.pk,
                page.pk,
                title=title,
                text=page.notes,
                **common,
            )


def post_entries(meeting: Meeting, post: Post) -> Iterable[Entry]:
    """A board entry with its replies; hidden, withdrawn, merged ones and those that wait for approval
    are not found."""
    if post.hidden_at or post.withdrawn_at or post.merged_into_id or post.held_at:
        return
    said = [reply.body for reply in post.replies.all() if not reply.hidden_at]
    yield entry(
        meeting,
        post.kind,
        post.pk,
        post.pk,
        title=post.body.splitlines()[0] if post.body else "",
        text="\n".join([post.body, *said, post.author_name, post.author_unit]),
        at=post.created_at,
        township_id=post.township_id,
        names=[post.author_name, post.author_unit],
        category_id=category_of(post),
        state=state_of(post),
    )


def category_of(post: Post) -> uuid.UUID | None:
    """The category an entry is counted under; an aspect counts for its category."""
    category = post.case.category if post.case and post.case.category else post.category
    return (category.parent_id or category.pk) if category else None


def state_of(post: Post) -> str:
    """How far it is: its case's status, else whether it was answered; practices have none without a
    case."""
    if post.case is not None:
        return str(post.case.status)
    if post.status == Post.Status.ANSWERED:
        return Entry.State.ANSWERED.value
    return "" if post.kind == Post.Kind.PRACTICE else Entry.State.WAITING.value


def meeting_entries(meeting: Meeting) -> Iterable[Entry]:
    """The meeting itself: title, place, note and its agenda."""
    lines = [meeting.venue, meeting.note]
    names: list[str] = []
    for item in meeting.agenda.select_related("township"):
        who = [str(item.township or ""), item.presenter]
        names += who
        lines.append(" ".join(filter(None, [item.title, *who])))
    lines += meeting.corrections.values_list("text", flat=True)
    yield entry(
        meeting,
        Entry.Kind.MEETING,
        meeting.pk,
        meeting.pk,
        title=meeting.title,
        text="\n".join(filter(None, lines)),
        at=meeting.starts_at,
        names=names,
    )


def minutes_entries(meeting: Meeting) -> Iterable[Entry]:
    """The minutes, once they are approved (a draft is the organisers' only). One row, or several
    where they are very long."""
    shown = frozen_minutes(meeting) if meeting.is_closed else None
    if shown is None or shown.minutes.approved_at is None:
        return
    with override(shown.minutes.language):
        title = f"{meeting.title} {pgettext('document', 'Minutes')}"
    texts: list[str] = []
    for section in shown.sections:
        text = f"{section.title}\n{section.body}"
        if not section.body.strip():
            continue
        if texts and len(texts[-1]) + len(text) < MINUTES_AT_ONCE:
            texts[-1] += f"\n{text}"
        else:
            texts.append(text)
    for text in texts:
        yield entry(
            meeting,
            Entry.Kind.MINUTES,
            meeting.pk,
            shown.minutes.pk,
            title=title,
            text=text,
            at=shown.minutes.approved_at,
        )


def reindex(
    meeting: Meeting, *, materials: set[uuid.UUID], posts: set[uuid.UUID], own: bool
) -> None:
    """Make the rows of these objects of the meeting anew (a constant number of queries)."""
    rows: list[Entry] = []
    gone = materials | posts
    if materials:
        found = meeting.materials.filter(pk__in=materials).select_related("current")
        pages = Prefetch("current__pages", Page.objects.order_by("number"))
        for material in found.prefetch_related(pages):
            rows.extend(material_entries(meeting, material))
    if posts:
        replies = Prefetch("replies", Reply.objects.order_by("created_at"))
        chosen = meeting.posts.filter(pk__in=posts).select_related("category", "case__category")
        for post in chosen.prefetch_related(replies):
            rows.extend(post_entries(meeting, post))
    if own:
        gone.add(meeting.pk)
        rows.extend(meeting_entries(meeting))
        rows.extend(minutes_entries(meeting))
        move(meeting)
    Entry.objects.filter(meeting=meeting, source_id__in=gone).delete()
    make_sure(row.meaning for row in rows)
    Entry.objects.bulk_create(rows, batch_size=500)


def move(meeting: Meeting) -> None:
    """The meeting's status, day or series changed: say so on all of its rows."""
    local = meeting.starts_at.astimezone(ZoneInfo(meeting.county.time_zone))
    new = {
        "year": local.year,
        "month": local.month,
        "series": meeting.series_id,
        "status": meeting.status,
    }
    _refacet(
        Entry.objects.filter(meeting=meeting),
        new,
        year=local.year,
        month=local.month,
        status=meeting.status,
    )


def restate(case: Case) -> None:
    """A case changed: say so on the rows of its entries, also in closed meetings, in the transaction
    of its change."""
    posts = case.posts.values("pk")
    changes: dict[str, Any] = {"state": case.status}
    if case.category is not None:
        changes["category"] = case.category.parent_id or case.category.pk
    _refacet(Entry.objects.filter(source_id__in=posts), changes)


def _refacet(rows: QuerySet[Entry], changes: dict[str, Any], **columns: Any) -> None:
    """Give the rows the facets that say this (a query for each facet that changes)."""
    old = rows.order_by().values_list("facet", flat=True).distinct()
    for pk, meaning in meanings(pk for pk in old if pk is not None).items():
        changed = meaning._replace(**changes)
        if changed != meaning:
            make_sure([changed])
            rows.filter(facet=pk).update(facet=changed.number, **columns)


MATERIAL_KINDS = [
    kind.name
    for kind in events.KINDS.values()
    if kind.subject is events.Subject.MATERIAL and kind is not events.MATERIAL_PROGRESS
]
POST_KINDS = [kind.name for kind in events.KINDS.values() if kind.subject is events.Subject.POST]
OWN_KINDS = [
    kind.name
    for kind in events.KINDS.values()
    if kind.subject in (events.Subject.MEETING, events.Subject.ITEM)
    and kind is not events.SCREEN_CHANGED
]


def follow(meeting_id: uuid.UUID) -> bool:
    """Read one meeting's new events and bring its rows up to date, in one transaction.

    Returns whether there was anything to read. Several workers do not disturb each other: the
    second waits for the first's lock and then finds nothing.
    """
    with transaction.atomic():
        follower, _made = Follower.objects.get_or_create(meeting_id=meeting_id)
        follower = Follower.objects.select_for_update().get(pk=follower.pk)
        log: list[Event] = events.after(meeting_id, follower.seq, EVENTS_AT_ONCE)
        if not log:
            return False
        meeting = Meeting.objects.select_related("county").get(pk=meeting_id)
        changed = [(event.kind, event.object_id) for event in log if event.object_id]
        reindex(
            meeting,
            materials={pk for kind, pk in changed if kind in MATERIAL_KINDS and pk},
            posts={pk for kind, pk in changed if kind in POST_KINDS and pk},
            own=any(kind in OWN_KINDS for kind, _pk in changed),
        )
        follower.seq = log[-1].seq
        follower.save(update_fields=["seq"])
    return True


def unread() -> MeetingQuerySet:
    """The meetings whose newest events are not in the index yet."""
    return Meeting.objects.filter(last_seq__gt=0).filter(
        Q(follower__isnull=True) | Q(follower__seq__lt=F("last_seq"))
    )


def behind() -> list[uuid.UUID]:
    """Those meetings, the oldest first, so that newer entries get higher numbers (one query)."""
    return list(unread().order_by("starts_at").values_list("pk", flat=True)[:200])


BEHIND = f"""
    SELECT 1 FROM {Meeting._meta.db_table} m
    LEFT JOIN {Follower._meta.db_table} f ON f.meeting_id = m.id
    WHERE m.county_id = %s AND m.last_seq > coalesce(f.seq, 0) LIMIT 1
"""  # noqa: S608 - names are ours


def is_behind(county_id: uuid.UUID | None) -> bool:
    """Whether the county's newest events are not all in the index yet (one query, a plain one,
    because every search asks)."""
    with connection.cursor() as cursor:
        cursor.execute(BEHIND, [key(county_id)])
        return cursor.fetchone() is not None


def catch_up() -> int:
    """Bring the index up to date; returns how many meetings had news."""
    return sum(follow(meeting_id) for meeting_id in behind())
