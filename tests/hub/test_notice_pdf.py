"""The notice's PDF is made by the worker, never in a request; the page says how far it is."""

import pytest
from django.utils import timezone

from hub.pages import notice as printing
from meetings import services
from meetings.models import Meeting, NoticePrint
from tests.people import client_of, make_item
from tests.uploads.processing.builders import need_converter
from townships.actors import Actor
from townships.models import Township
from uploads import files
from uploads.processing.errors import ConversionFailed


@pytest.fixture
def announced(organiser: Actor, draft_meeting: Meeting, townships: list[Township]) -> Meeting:
    make_item(draft_meeting, townships[0])
    return services.announce_meeting(actor=organiser, meeting_id=draft_meeting.pk)


def pdf(actor: Actor, meeting: Meeting) -> object:
    return client_of(actor).get(f"/meetings/{meeting.pk}/notice.pdf")


def page(actor: Actor, meeting: Meeting) -> str:
    return client_of(actor).get(f"/meetings/{meeting.pk}/notice/").content.decode()


def test_announcing_has_it_made_and_a_change_has_it_made_anew(
    organiser: Actor, member: Actor, announced: Meeting
) -> None:
    need_converter()
    assert "data-making" in page(member, announced)
    assert pdf(member, announced).status_code == 302
    assert printing.print_next()
    assert not printing.print_next()
    assert "data-making" not in page(member, announced)
    made = pdf(member, announced)
    assert made.status_code in (200, 302)
    key = NoticePrint.objects.get().key
    assert files.keys_below(f"prints/{announced.pk}/") == [key]
    services.change_meeting(actor=organiser, meeting_id=announced.pk, venue="礼堂")
    assert "data-making" in page(member, announced)
    assert printing.print_next()
    again = NoticePrint.objects.get().key
    assert again != key
    assert files.keys_below(f"prints/{announced.pk}/") == [again], "the earlier one is removed"


def test_an_agenda_that_changed_is_printed_when_somebody_asks(
    organiser: Actor, member: Actor, announced: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing, "pdf_of", lambda docx: b"%PDF-1.7")
    printing.print_next()
    services.change_item(actor=organiser, item_id=announced.agenda.get().pk, title="换了题目")
    assert "data-making" not in page(member, announced)
    assert NoticePrint.objects.get().due is None
    answer = pdf(member, announced)
    assert (answer.status_code, answer.url) == (302, f"/meetings/{announced.pk}/notice/")
    assert "data-making" in page(member, announced)
    before = NoticePrint.objects.get().due
    pdf(member, announced)
    assert NoticePrint.objects.get().due == before, "asking again changes nothing"


def test_where_nothing_can_be_printed_it_is_given_up_and_said(
    member: Actor, announced: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(docx: bytes) -> bytes:
        raise ConversionFailed("converter_missing")

    monkeypatch.setattr(printing, "pdf_of", broken)
    for _number in range(6):
        NoticePrint.objects.filter(due__isnull=False).update(due=timezone.now())
        assert printing.print_next()
    assert not printing.print_next()
    row = NoticePrint.objects.get()
    assert (row.due, row.tries, row.key) == (None, 6, "")
    assert "DOCX" in page(member, announced)
    pdf(member, announced)
    assert NoticePrint.objects.get().tries == 0, "somebody asks: it is tried again"


def test_others_do_not_see_it(foreign_member: Actor, nobody: Actor, announced: Meeting) -> None:
    assert pdf(foreign_member, announced).status_code == 404
    assert "login" in pdf(nobody, announced).url
