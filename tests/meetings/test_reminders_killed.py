"""Real workers, killed with kill -9 at the worst moments: each reader gets one mail, or the log says
that it is not confirmed."""

import datetime as dt
from collections.abc import Iterator

import pytest
from django.utils import timezone

from meetings.models import Reminder
from tests.meetings.calls import called, plan_of
from tests.people import make_item
from tests.processes import Worker, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]
BOTH = ["member@example.invalid", "other_member@example.invalid"]


@pytest.fixture
def workers(mail) -> Iterator:
    """`workers()` starts one more worker that sends through the test's mail server."""
    started: list[Worker] = []

    def start() -> Worker:
        worker = Worker(
            f"mailing-{len(started)}", EMAIL_URL=f"smtp://127.0.0.1:{mail.port}?timeout=20"
        )
        worker.start()
        started.append(worker)
        return worker

    yield start
    for worker in started:
        worker.stop()


@pytest.fixture
def meeting(county, member, other_member, townships):
    meeting = called(county, due_in=dt.timedelta(days=1))
    for town in townships[:2]:
        make_item(meeting, town)
    plan_of(county, 2 * 1440)
    return meeting


def states():
    return sorted(Reminder.objects.values_list("state", flat=True))


def lease_over():
    """As if the dead worker's lease had run out."""
    past = timezone.now() - dt.timedelta(seconds=1)
    Reminder.objects.exclude(claimed_until=None).update(claimed_until=past)


def test_two_workers_and_a_restart_send_each_once(meeting, mail, workers, county, townships):
    """The third worker plans and sends for another meeting: it has looked at the first one, too."""
    first, second = workers(), workers()
    assert wait_until(lambda: states() == ["sent", "sent"], 60), first.output() + second.output()
    for worker in (first, second):
        worker.kill()
    make_item(called(county, due_in=dt.timedelta(days=1)), townships[1])
    third = workers()
    assert wait_until(lambda: states() == ["sent"] * 3, 60), third.output()
    assert mail.box.readers == [*BOTH, BOTH[1]]


def test_killed_before_the_message_was_handed_over_it_is_sent_once_afterwards(
    meeting, mail, workers
):
    mail.box.slow_before = 4
    worker = workers()
    assert wait_until(mail.box.asked.is_set, 60), worker.output()
    worker.kill()
    assert mail.box.messages == []
    assert states() == ["waiting", "waiting"]
    mail.box.slow_before = 0
    lease_over()
    again = workers()
    assert wait_until(lambda: states() == ["sent", "sent"], 60), again.output()
    assert mail.box.readers == BOTH


def test_killed_while_the_answer_is_awaited_it_is_not_sent_twice(meeting, mail, workers):
    mail.box.slow = 5
    worker = workers()
    assert wait_until(mail.box.arrived.is_set, 60), worker.output()
    worker.kill()
    assert sorted(states()) == ["handed", "waiting"]
    mail.box.slow = 0
    lease_over()
    again = workers()
    assert wait_until(lambda: states() == ["sent", "unconfirmed"], 60), again.output()
    assert mail.box.readers == BOTH
