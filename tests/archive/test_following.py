"""The index follows the event log by itself, in the worker, within seconds."""

import pytest
from django.core.management import call_command

from archive.indexing import behind, catch_up, follow
from archive.models import Entry, Follower
from archive.search import search
from tests.archive.material import add_deck, add_entry, index, month
from tests.people import make_meeting
from tests.processes import wait_until


@pytest.mark.django_db(transaction=True)
def test_the_worker_indexes_what_happened(county, township, worker):
    meeting = make_meeting(county, "closed", **month(2024, 5))
    add_entry(meeting, township, "流动党员联系不上")
    wait_until(lambda: Entry.objects.filter(kind="problem").exists(), 60)
    assert behind() == []


@pytest.mark.django_db
def test_following_twice_changes_nothing_and_a_rebuild_gives_the_same(county, township, capsys):
    meeting = make_meeting(county, "closed", **month(2024, 5))
    add_deck(meeting, township, [{"title": "名册", "text": "登记", "notes": "停"}])
    add_entry(meeting, township, "联系不上")
    index()
    fields = ("kind", "object_id", "number", "title", "text_tokens", "year", "month", "status")
    rows = set(Entry.objects.values_list(*fields))
    assert len(rows) == 3
    assert catch_up() == 0
    call_command("rebuild_search")
    assert set(Entry.objects.values_list(*fields)) == rows
    assert capsys.readouterr().out == "1 meetings, 3 entries\n"


@pytest.mark.django_db
def test_a_rebuild_goes_on_while_people_search(county, township, member):
    """Meeting after meeting is made anew, each in one transaction: nothing is missing in between, and the
    page says that the index is behind until the last one is done."""
    for number in (4, 5, 6):
        add_entry(make_meeting(county, "closed", **month(2024, number)), township, "联系不上")
    index()
    Follower.objects.update(seq=0)
    for still_unread in behind():
        found = search(actor=member, text="联系不上")
        assert (found.total, found.behind) == (3, True)
        follow(still_unread)
    found = search(actor=member, text="联系不上")
    assert (found.total, found.behind) == (3, False)
