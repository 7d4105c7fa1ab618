"""Approved minutes are found by their words and open at their page; drafts are not found by anybody."""

import pytest
from django.urls import reverse

from archive.minutes import queries, services
from archive.models import Entry, Follower
from archive.search import Filters, search
from meetings.models import Meeting
from tests.archive.material import index
from tests.people import client_of
from townships.actors import Actor
from townships.problems import NotAllowed, SignedOut

WORDS = "村级后备干部培养要落到具体人头。"


@pytest.fixture
def drafted(closed_meeting: Meeting, organiser: Actor) -> Meeting:
    services.draft_minutes(meeting_id=closed_meeting.pk)
    services.save_section(
        actor=organiser, meeting_id=closed_meeting.pk, key="decisions", body=WORDS, base=1
    )
    return closed_meeting


def approve(meeting: Meeting, organiser: Actor) -> None:
    digest = queries.minutes_for(organiser, meeting.pk).digest
    services.approve(actor=organiser, meeting_id=meeting.pk, digest=digest)
    index()


def kinds(actor: Actor, text: str = "後備幹部") -> list[str]:
    return [hit.entry.kind for hit in search(actor=actor, text=text).hits]


def test_a_draft_is_not_found_not_even_by_organisers(drafted: Meeting, organiser: Actor) -> None:
    index()
    assert kinds(organiser) == []


def test_approved_minutes_are_found_and_open_at_their_page(
    drafted: Meeting, organiser: Actor, member: Actor, observer: Actor, archivist: Actor
) -> None:
    index()
    approve(drafted, organiser)
    for actor in (organiser, member, observer, archivist):
        assert kinds(actor) == ["minutes"]
    found = client_of(member).get(reverse("search"), {"q": "后备干部"})
    address = reverse("archive:minutes", args=[drafted.pk])
    assert f'href="{address}"' in found.content.decode()
    assert WORDS in client_of(member).get(address).content.decode()


def test_minutes_are_narrowed_to_and_counted_as_a_kind(
    drafted: Meeting, organiser: Actor, member: Actor
) -> None:
    approve(drafted, organiser)
    results = search(actor=member, text="后备干部", filters=Filters(kind="minutes"))
    assert results.total == 1
    assert results.counts["kind"] == [("minutes", 1)]


def test_nobody_else_finds_them(
    drafted: Meeting, organiser: Actor, foreign_organiser: Actor, foreign_member: Actor,
    nobody: Actor,
) -> None:  # fmt: skip
    approve(drafted, organiser)
    assert kinds(foreign_organiser) == kinds(foreign_member) == []
    with pytest.raises((NotAllowed, SignedOut)):
        kinds(nobody)


def test_later_events_and_a_rebuild_leave_one_row(
    drafted: Meeting, organiser: Actor, member: Actor
) -> None:
    approve(drafted, organiser)
    Follower.objects.all().delete()
    index()
    assert kinds(member) == ["minutes"]
    assert Entry.objects.filter(kind="minutes").count() == 1


def test_minutes_of_the_greatest_length_are_indexed_whole(
    drafted: Meeting, organiser: Actor, member: Actor
) -> None:
    """Several rows: PostgreSQL takes no more than a megabyte of words in one."""
    signs = "".join(chr(0x4E00 + number % 20_000) for number in range(0, 59_000 * 7, 7))
    for section in drafted.minutes_text.sections.filter(key__in=["attendance", "decisions"]):
        services.save_section(
            actor=organiser, meeting_id=drafted.pk, key=section.key,
            body=f"{signs}{section.key}", base=section.number,
        )  # fmt: skip
    approve(drafted, organiser)
    assert Entry.objects.filter(kind="minutes").count() == 2
    assert kinds(member, "decisions") == kinds(member, "attendance") == ["minutes"]
