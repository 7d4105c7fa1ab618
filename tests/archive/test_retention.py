"""Retention: what is due, and that nothing leaves the archive by one person alone."""

import datetime as dt
import uuid

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from archive import keeping, retention
from archive.corrections import NotClosed
from archive.models import Disposal
from archive.search import search
from board.models import Case, CaseStep
from tests.archive.material import add_deck, add_entry, add_files, index, month
from tests.people import client_of, make_meeting, make_person
from townships.problems import Invalid, NotAllowed, NotFound
from uploads import files
from uploads.models import Version

pytestmark = pytest.mark.django_db


@pytest.fixture
def closed(county, township):
    meeting = make_meeting(county, "closed", **month(2012, 5), title="二〇一二年五月例会")
    meeting.deck = add_deck(meeting, township, [{"title": "志愿者名册", "text": "登记"}])
    add_files(meeting.deck)
    meeting.deck.current.refresh_from_db()
    index()
    return meeting


def ask(actor, closed, reason="保管期满"):
    return retention.ask_removal(
        actor=actor, what="material", object_id=closed.deck.pk, reason=reason
    )


def stored(closed):
    version = Version.objects.prefetch_related("pages").get(material=closed.deck)
    return retention.keys_of(version)


def test_what_is_due_follows_from_the_countys_periods(closed, archivist):
    assert [row.until for row in retention.due(archivist)] == [dt.date(2022, 12, 31)]
    retention.set_periods(actor=archivist, periods={"deck": "y30"})
    assert retention.due(archivist) == []
    retention.set_periods(actor=archivist, periods={"deck": "permanent"})
    assert retention.due(archivist, dt.date(3000, 1, 1)) == []


def test_the_last_day_of_a_period_still_counts(closed, archivist):
    assert retention.due(archivist, dt.date(2022, 12, 31)) == []
    assert len(retention.due(archivist, dt.date(2023, 1, 1))) == 1


def test_entries_and_records_are_due_too(closed, township, archivist, organiser):
    """Whole records are named so that somebody looks at them; only files and entries can be removed."""
    post = add_entry(closed, township, "路灯不亮。已三个月。")
    assert [row.what for row in retention.due(archivist)] == ["material"]
    retention.set_periods(actor=archivist, periods={"board": "y10", "record": "y10"})
    found = retention.due(archivist)
    assert [(row.what, row.title) for row in found[1:]] == [
        ("post", "路灯不亮"),
        ("record", str(closed)),
    ]
    page = client_of(archivist).get(reverse("archive:retention")).content.decode()
    assert reverse("archive:remove", args=["post", post.pk]) in page
    retention.ask_removal(actor=archivist, what="post", object_id=post.pk, reason="保管期满")
    assert [row.what for row in retention.due(archivist)] == ["material", "record"]


def test_nobody_removes_alone(closed, archivist, organiser):
    disposal = ask(archivist, closed)
    with pytest.raises(retention.SecondPerson):
        retention.decide_removal(actor=archivist, disposal_id=disposal.pk, agree=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Disposal.objects.filter(pk=disposal.pk).update(
            state="done", decided_by_id=archivist.membership_id
        )
    assert len(stored(closed)) == 4
    retention.decide_removal(actor=archivist, disposal_id=disposal.pk, agree=False)
    assert Disposal.objects.get().state == "refused"


def test_two_people_remove_a_file_and_its_tombstone_stays(
    closed, county, archivist, organiser, member, django_capture_on_commit_callbacks
):
    while keeping.sign_next():
        pass
    keys = stored(closed)
    sha256 = closed.deck.current.sha256
    disposal = ask(archivist, closed)
    with django_capture_on_commit_callbacks(execute=True):
        retention.decide_removal(actor=organiser, disposal_id=disposal.pk, agree=True)
    for key in keys:
        with pytest.raises(FileNotFoundError):
            files.hash_stored(key) if files.on_disk() else gone(key)
    index()
    assert search(actor=member, text="志愿者名册").total == 0
    address = reverse("archive:meeting", args=[closed.pk])
    page = client_of(member).get(address).content.decode()
    for words in (sha256, "保管期满", archivist.name, organiser.name):
        assert words in page
    assert client_of(member).get(reverse("archive:deck", args=[closed.deck.pk])).status_code == 404
    while keeping.sign_next():
        pass
    *_, report = keeping.check_all(county.pk)
    assert report.problems == []


def gone(key):
    if keeping.read_again(key) is None:
        raise FileNotFoundError


def test_files_that_could_not_go_at_once_go_later(closed, archivist, organiser, monkeypatch):
    keys = stored(closed)
    disposal = ask(archivist, closed)
    retention.decide_removal(actor=organiser, disposal_id=disposal.pk, agree=True)
    assert all(keeping.read_again(key) for key in keys)

    def away(_keys):
        raise OSError("the storage is away")

    with monkeypatch.context() as patched:
        patched.setattr(files, "delete", away)
        assert retention.drop_waiting() == 0
    assert retention.drop_waiting() == 1
    assert not any(keeping.read_again(key) for key in keys)
    assert retention.drop_waiting() == 0


def test_an_entry_is_removed_with_its_answers(closed, township, archivist, organiser, member):
    post = add_entry(closed, township, "张三的电话是一二三")
    index()
    disposal = retention.ask_removal(
        actor=organiser, what="post", object_id=post.pk, reason="含个人信息"
    )
    assert disposal.cause == "withdrawn"
    retention.decide_removal(actor=archivist, disposal_id=disposal.pk, agree=True)
    post.refresh_from_db()
    assert "张三" not in post.body
    assert "张三" not in Disposal.objects.get().title
    index()
    assert search(actor=member, text="张三").total == 0


def test_a_removed_entrys_words_do_not_stay_as_its_cases_title(
    closed, township, archivist, organiser
):
    """A case is called by the first sentence of the entry that opened it."""
    post = add_entry(closed, township, "张三的电话是一二三")
    other = add_entry(closed, township, "路灯不亮")
    for entry in (post, other):
        entry.case = Case.objects.create(county=closed.county, kind="problem", title=entry.body)
        entry.save(update_fields=["case"])
    disposal = retention.ask_removal(
        actor=organiser, what="post", object_id=post.pk, reason="含个人信息"
    )
    retention.decide_removal(actor=archivist, disposal_id=disposal.pk, agree=True)
    assert sorted(Case.objects.values_list("title", flat=True)) == sorted(["—", "路灯不亮"])


def test_case_notes_do_not_quote_a_removed_entry(closed, township, archivist, organiser):
    """What the note says of its own stays."""
    post = add_entry(closed, township, "张三的电话是一二三")
    post.case = Case.objects.create(county=closed.county, kind="problem", title="另一个题目")
    post.save(update_fields=["case"])
    CaseStep.objects.create(
        case=post.case,
        kind="note",
        text="他说：“张三的电话是一二三”，已转告。",
        actor_name="组织者",
    )
    disposal = retention.ask_removal(
        actor=organiser, what="post", object_id=post.pk, reason="含个人信息"
    )
    retention.decide_removal(actor=archivist, disposal_id=disposal.pk, agree=True)
    assert CaseStep.objects.get().text == "他说：“—”，已转告。"


def test_it_is_asked_for_once_and_only_in_closed_meetings(closed, county, township, archivist):
    ask(archivist, closed)
    with pytest.raises(retention.AskedAlready):
        ask(archivist, closed)
    assert retention.due(archivist) == []
    live = make_meeting(county, "live")
    deck = add_deck(live, township, [{"title": "一"}])
    with pytest.raises(NotClosed):
        retention.ask_removal(actor=archivist, what="material", object_id=deck.pk, reason="x")
    for reason in ("", " ", "长" * 501):
        with pytest.raises(Invalid):
            ask(archivist, closed, reason)


def test_who_may_not(closed, member, observer, foreign_organiser, guest):
    for actor in (member, observer, guest):
        with pytest.raises(NotAllowed):
            ask(actor, closed)
    with pytest.raises(NotFound):
        ask(foreign_organiser, closed)
    with pytest.raises(NotFound):
        retention.decide_removal(actor=foreign_organiser, disposal_id=uuid.uuid4(), agree=True)


def test_a_decision_is_made_once(closed, county, archivist, organiser):
    second = make_person(county, "organiser", "second")
    disposal = ask(archivist, closed)
    retention.decide_removal(actor=organiser, disposal_id=disposal.pk, agree=False)
    with pytest.raises(retention.Decided):
        retention.decide_removal(actor=second, disposal_id=disposal.pk, agree=True)
    assert ask(second, closed).state == "asked"


def test_the_pages(closed, archivist, organiser):
    first, second = client_of(archivist), client_of(organiser)
    assert "志愿者名册" in first.get(reverse("archive:retention")).content.decode()
    address = reverse("archive:remove", args=["material", closed.deck.pk])
    assert "演示.pptx" in first.get(address).content.decode()
    refused = first.post(address, {"reason": ""})
    assert refused.status_code == 400
    assert first.post(address, {"reason": "保管期满"}).status_code == 302
    [disposal] = Disposal.objects.all()
    mine = first.get(reverse("archive:retention")).content.decode()
    assert 'value="yes"' not in mine
    theirs = second.get(reverse("archive:retention")).content.decode()
    assert 'value="yes"' in theirs
    second.post(reverse("archive:decide", args=[disposal.pk]), {"agree": "yes"})
    disposal.refresh_from_db()
    assert disposal.state == "done"
    saved = first.post(reverse("archive:periods"), {"deck": "y30", "manuscript": "y30"})
    assert saved.status_code == 302
    assert first.post(reverse("archive:periods"), {"deck": "never"}).status_code == 400
