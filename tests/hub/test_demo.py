"""Loading the demo counties: what is there afterwards, exactly, and that nothing crosses."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Count, F, Max
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pptx import Presentation

from archive.models import Entry
from board.models import Adoption, Post, Reply, Support
from hub.demo import signins
from hub.demo.forget import forget
from hub.demo.load import AlreadyLoaded, load
from hub.demo.places import DAICHUAN, LANDS, LANXIU, PASSWORD
from meetings.models import Event, Meeting
from townships.models import AuditRow, County, Membership, Township, User
from uploads import files
from uploads.models import Material, Page, Version

NOW = dt.datetime(2026, 11, 22, 10, 20, tzinfo=ZoneInfo("Asia/Shanghai"))
MONTHS = 2


@pytest.fixture(scope="module")
def loaded(django_db_setup: None, django_db_blocker: Any) -> Iterator[int]:
    """Both counties with two closed months, as of 22 November 2026, 10:20; how many queries it took."""
    with django_db_blocker.unblock():
        with CaptureQueriesContext(connection) as captured:
            load(months=MONTHS, now=NOW, convert=False)
        yield len(captured)
        forget()


@pytest.fixture
def demo(loaded: int, db: None) -> None:
    """The loaded counties, for one test; what it changes is rolled back."""


def of(land: Any) -> dict[str, Any]:
    return {"meeting__county__name": land.name}


def test_loading_makes_exactly_these_people_meetings_and_materials(demo: None) -> None:
    """Closed, live and announced meetings; a deck of every township, some manuscripts."""
    assert Township.objects.count() == 18
    people = sum(len(land.staff) + sum(len(p.members) for p in land.places) for land in LANDS)
    assert Membership.objects.count() == User.objects.count() == people
    states = dict(
        Meeting.objects.filter(county__name=LANXIU.name).values_list("status").annotate(Count("id"))
    )
    assert states == {"closed": MONTHS, "live": 1, "announced": 1}
    second = dict(
        Meeting.objects.filter(county__name=DAICHUAN.name)
        .values_list("status")
        .annotate(Count("id"))
    )
    assert second == {"closed": MONTHS, "announced": 1}
    kinds = dict(Material.objects.filter(**of(LANXIU)).values_list("kind").annotate(Count("id")))
    assert kinds == {"deck": 14 * (MONTHS + 1) + 6, "manuscript": 4 * (MONTHS + 1)}
    second_kinds = dict(
        Material.objects.filter(**of(DAICHUAN)).values_list("kind").annotate(Count("id"))
    )
    assert second_kinds == {"deck": 4 * MONTHS + 1, "manuscript": MONTHS}


def test_meetings_are_on_the_25th_at_nine_and_the_live_one_is_today(demo: None) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    held = Meeting.objects.filter(county__name=LANXIU.name).order_by("starts_at")
    local = [meeting.starts_at.astimezone(zone) for meeting in held]
    assert [(at.year, at.month, at.day, at.hour) for at in local] == [
        (2026, 9, 25, 9),
        (2026, 10, 25, 9),
        (2026, 11, 22, 9),
        (2026, 12, 25, 9),
    ]
    assert len({meeting.series_id for meeting in held}) == 1


def test_the_history_is_at_its_time(demo: None) -> None:
    """A closed meeting's entries, replies and events lie between its announcement and its end;
    only its minutes are approved afterwards."""
    for meeting in Meeting.objects.filter(status="closed"):
        assert meeting.opened_at is not None
        assert meeting.closed_at is not None
        said = list(Post.objects.filter(meeting=meeting).values_list("created_at", flat=True))
        said += list(
            Reply.objects.filter(post__meeting=meeting).values_list("created_at", flat=True)
        )
        assert said != []
        assert min(said) >= meeting.opened_at
        assert max(said) <= meeting.closed_at
        later = meeting.events.filter(at__gt=meeting.closed_at)
        assert set(later.values_list("kind", flat=True)) <= {"minutes.approved"}
        times = meeting.events.exclude(kind="minutes.approved").order_by("seq")
        assert list(times.values_list("at", flat=True))[-1] == meeting.closed_at


def test_event_numbers_have_no_gaps(demo: None) -> None:
    for meeting in Meeting.objects.all():
        numbers = list(
            Event.objects.filter(meeting=meeting).order_by("seq").values_list("seq", flat=True)
        )
        assert numbers == list(range(1, meeting.last_seq + 1))


def test_every_original_is_stored_and_opens(demo: None) -> None:
    """Sizes and hashes are right; a deck opens with as many slides as it has pages."""
    versions = Version.objects.filter(state="received")
    assert versions.count() == Version.objects.count()
    assert Material.objects.filter(versions=None).count() == 0
    for version in versions.order_by("?")[:6]:
        assert files.hash_stored(version.original) == (version.size, version.sha256)
    deck = Version.objects.filter(material__kind="deck").annotate(made=Count("pages")).first()
    assert deck is not None
    with files.open_stored(deck.original) as stored:
        slides = Presentation(BytesIO(stored.read())).slides
        assert len(slides) == deck.made == deck.pages_total


def test_pages_can_be_read_before_the_worker_has_made_their_pictures(demo: None) -> None:
    assert not Page.objects.exclude(image="").exists()
    assert not Page.objects.filter(title="").exists()
    assert not Material.objects.exclude(current__isnull=False).exists()
    assert Page.objects.filter(version__material__kind="deck").exclude(notes="").count() > 300


def test_the_live_meetings_files_are_first_in_the_queue(demo: None) -> None:
    """Then next month's, then closed months, the newest first."""
    order = Version.objects.filter(material__meeting__county__name=LANXIU.name)
    seen = list(
        order.order_by("priority", "uploaded_at").values_list(
            "material__meeting__starts_at", flat=True
        )
    )
    days = list(dict.fromkeys(at.date().isoformat() for at in seen))
    assert days == ["2026-11-22", "2026-12-25", "2026-10-25", "2026-09-25"]


def test_next_month_some_townships_still_owe_their_materials(demo: None) -> None:
    meeting = Meeting.objects.get(county__name=LANXIU.name, status="announced")
    expected = meeting.agenda.filter(expects_deck=True).count()
    assert (expected, meeting.materials.filter(kind="deck").count()) == (14, 6)
    assert meeting.due_at > NOW


def test_the_board_is_alive(demo: None) -> None:
    """Every kind of entry, replies, support and adoptions; some anchored to slides, some 繁體."""
    for meeting in Meeting.objects.filter(county__name=LANXIU.name).exclude(status="announced"):
        kinds = set(meeting.posts.values_list("kind", flat=True))
        assert {"problem"} <= kinds
        assert meeting.posts.filter(page__version__material__meeting=F("meeting")).exists()
    assert Support.objects.count() > 40
    assert Adoption.objects.exists()
    assert (
        Post.objects.filter(body__contains="們").exists()
        or Post.objects.filter(author_unit="椿坞乡", body__regex="[個務員黨幹來]").exists()
    )


def test_nothing_crosses_the_counties(demo: None) -> None:
    """Every township, author, supporter and adopter belongs to the county of its meeting."""
    assert not Post.objects.exclude(township__county=F("meeting__county")).exists()
    assert not Post.objects.exclude(author__county=F("meeting__county")).exists()
    assert not Reply.objects.exclude(author__county=F("post__meeting__county")).exists()
    assert not Support.objects.exclude(township__county=F("post__meeting__county")).exists()
    assert not Adoption.objects.exclude(township__county=F("post__meeting__county")).exists()
    assert not Material.objects.exclude(township__county=F("meeting__county")).exists()
    assert not Version.objects.exclude(uploaded_by__county=F("material__meeting__county")).exists()
    assert not Event.objects.exclude(actor__county=F("meeting__county")).exists()


def test_every_write_is_in_the_audit_under_a_real_name(demo: None) -> None:
    """All but founding the counties and their organisers was done by a person with a membership;
    the hub itself drafts the minutes."""
    nameless = AuditRow.objects.filter(actor__isnull=True)
    assert Counter(nameless.values_list("action", flat=True)) == {
        "county.created": 2,
        "person.created": 2,
        "categories.started": 2,
        "minutes.drafted": Meeting.objects.filter(status="closed").count(),
    }


def test_everybody_listed_signs_in_with_the_printed_password(demo: None) -> None:
    for _label, name, password in signins():
        assert password == PASSWORD
        assert Client().login(username=name, password=password), name


def test_loading_twice_is_refused_and_changes_nothing(demo: None) -> None:
    before = (Meeting.objects.count(), Event.objects.count())
    with pytest.raises(AlreadyLoaded):
        load(months=MONTHS, now=NOW, convert=False)
    with pytest.raises(CommandError, match="--reset"):
        call_command("demo", verbosity=0)
    assert (Meeting.objects.count(), Event.objects.count()) == before


def test_loading_takes_a_bounded_number_of_queries(loaded: int, demo: None) -> None:
    """Twelve queries for each event, at most: a month costs what is said in it, never the past."""
    assert Meeting.objects.aggregate(most=Max("last_seq"))["most"] < 400
    assert loaded <= 12 * Event.objects.count()


def test_forgetting_leaves_nothing_and_spares_other_counties(
    demo: None, county: County, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        keys = list(Version.objects.values_list("original", flat=True))
        assert forget() == 2
    assert list(County.objects.values_list("pk", flat=True)) == [county.pk]
    assert Meeting.objects.count() == Version.objects.count() == Entry.objects.count() == 0
    assert [key for key in keys if files.keys_below(key.rsplit("/", 1)[0] + "/")] == []


def test_a_county_of_the_same_name_that_is_not_the_demos_is_left_alone(demo: None) -> None:
    User.objects.filter(username=LANXIU.organiser.user_name).update(username="somebody-else")
    assert forget() == 1
    assert County.objects.filter(name=LANXIU.name).exists()
