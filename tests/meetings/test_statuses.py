"""A meeting goes draft, announced, live, closed; nothing else, whatever the order of requests."""

import datetime as dt

import pytest
from django.utils import timezone
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from meetings import services
from meetings.models import Event, Meeting
from meetings.problems import EmptyAgenda, MeetingClosed, WrongStatus
from townships.actors import Actor
from townships.models import AuditRow, County
from townships.problems import NotAllowed, NotFound


def new_meeting(actor: Actor) -> Meeting:
    starts_at = timezone.now() + dt.timedelta(days=1)
    return services.create_meeting(
        actor=actor, title="例会", starts_at=starts_at, ends_at=starts_at + dt.timedelta(hours=3)
    )


def test_the_whole_way(organiser: Actor) -> None:
    meeting = new_meeting(organiser)
    item = services.add_item(actor=organiser, meeting_id=meeting.pk, kind="discussion")
    services.announce_meeting(actor=organiser, meeting_id=meeting.pk)
    opened = services.open_meeting(actor=organiser, meeting_id=meeting.pk)
    assert len(opened.join_code) == 6
    services.start_item(actor=organiser, item_id=item.pk)
    closed = services.close_meeting(actor=organiser, meeting_id=meeting.pk)
    assert closed.status == "closed"
    assert closed.join_code == ""
    assert closed.current_item_id is None
    kinds = list(Event.objects.filter(meeting=meeting).values_list("seq", "kind"))
    assert kinds == [
        (1, "meeting.created"),
        (2, "agenda.added"),
        (3, "meeting.announced"),
        (4, "meeting.opened"),
        (5, "agenda.changed"),
        (6, "meeting.changed"),
        (7, "meeting.closed"),
    ]
    assert AuditRow.objects.count() == 7


def test_announcing_needs_an_agenda(organiser: Actor) -> None:
    meeting = new_meeting(organiser)
    with pytest.raises(EmptyAgenda):
        services.announce_meeting(actor=organiser, meeting_id=meeting.pk)


def test_a_closed_meeting_refuses_every_change(organiser: Actor, closed_meeting: Meeting) -> None:
    item = closed_meeting.agenda.create(kind="other", title="一")
    ids = {"actor": organiser, "meeting_id": closed_meeting.pk}
    with pytest.raises(MeetingClosed):
        services.change_meeting(**ids, title="改")
    with pytest.raises(MeetingClosed):
        services.add_item(**ids, kind="other")
    with pytest.raises(MeetingClosed):
        services.change_item(actor=organiser, item_id=item.pk, title="改")
    with pytest.raises(MeetingClosed):
        services.move_item(actor=organiser, item_id=item.pk, position=0)
    with pytest.raises(MeetingClosed):
        services.remove_item(actor=organiser, item_id=item.pk)
    with pytest.raises(WrongStatus):
        services.open_meeting(**ids)
    assert not AuditRow.objects.exists()


def test_only_organisers_of_the_county(
    member: Actor, foreign_organiser: Actor, meeting: Meeting
) -> None:
    with pytest.raises(NotAllowed):
        services.open_meeting(actor=member, meeting_id=meeting.pk)
    with pytest.raises(NotFound):
        services.open_meeting(actor=foreign_organiser, meeting_id=meeting.pk)


class MeetingLife(RuleBasedStateMachine):
    """Random requests against a model of the four states."""

    actor: Actor

    @initialize()
    def start(self) -> None:
        self.meeting = new_meeting(self.actor)
        self.status, self.items, self.events = "draft", [], 1

    def attempt(self, allowed: bool, call: object, **arguments: object) -> object:
        try:
            result = call(actor=self.actor, **arguments)  # type: ignore[operator]
        except (WrongStatus, EmptyAgenda, MeetingClosed):
            assert not allowed
            return None
        assert allowed
        return result

    @rule()
    def announce(self) -> None:
        allowed = self.status == "draft" and bool(self.items)
        if self.attempt(allowed, services.announce_meeting, meeting_id=self.meeting.pk):
            self.status, self.events = "announced", self.events + 1

    @rule()
    def open(self) -> None:
        allowed = self.status == "announced"
        if self.attempt(allowed, services.open_meeting, meeting_id=self.meeting.pk):
            self.status, self.events = "live", self.events + 1

    @rule()
    def close(self) -> None:
        if self.attempt(self.status == "live", services.close_meeting, meeting_id=self.meeting.pk):
            self.status, self.events = "closed", self.events + 1

    @rule(kind=st.sampled_from(["discussion", "other"]))
    def add(self, kind: str) -> None:
        allowed = self.status != "closed"
        item = self.attempt(allowed, services.add_item, meeting_id=self.meeting.pk, kind=kind)
        if item:
            self.items.append(item.pk)  # type: ignore[attr-defined]
            self.events += 1

    @rule(data=st.data())
    def move(self, data: st.DataObject) -> None:
        if not self.items:
            return
        source = data.draw(st.integers(0, len(self.items) - 1))
        target = data.draw(st.integers(-1, len(self.items)))
        allowed = self.status != "closed"
        pk = self.items[source]
        if self.attempt(allowed, services.move_item, item_id=pk, position=target):
            self.items.pop(source)
            self.items.insert(max(0, target), pk)
            self.events = Event.objects.filter(meeting=self.meeting).count()

    @rule()
    def remove_first(self) -> None:
        if not self.items:
            return
        try:
            services.remove_item(actor=self.actor, item_id=self.items[0])
        except MeetingClosed:
            assert self.status == "closed"
        else:
            self.items.pop(0)
            self.events += 1

    @invariant()
    def the_database_agrees(self) -> None:
        if not hasattr(self, "meeting"):
            return
        now = Meeting.objects.get(pk=self.meeting.pk)
        assert now.status == self.status
        assert list(now.agenda.values_list("pk", flat=True)) == self.items
        numbers = list(now.events.values_list("seq", flat=True))
        assert numbers == list(range(1, self.events + 1))
        assert now.last_seq == self.events
        assert bool(now.join_code) == (self.status == "live")


def test_any_order_of_requests_keeps_the_states_and_the_numbers(organiser: Actor) -> None:
    machine = type("Life", (MeetingLife,), {"actor": organiser})
    run_state_machine_as_test(
        machine, settings=settings(max_examples=25, stateful_step_count=20, deadline=None)
    )


def test_every_meeting_has_another_join_code(organiser: Actor, county: County) -> None:
    codes = set()
    for _ in range(3):
        meeting = new_meeting(organiser)
        services.add_item(actor=organiser, meeting_id=meeting.pk, kind="other")
        services.announce_meeting(actor=organiser, meeting_id=meeting.pk)
        codes.add(services.open_meeting(actor=organiser, meeting_id=meeting.pk).join_code)
    rotated = services.rotate_join_code(actor=organiser, meeting_id=meeting.pk).join_code
    assert len(codes | {rotated}) == 4
    assert all(letter not in "".join(codes) for letter in "ILO01")
