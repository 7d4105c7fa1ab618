"""Who is told what, and until when: rights hold while connected, and before a meeting opens."""

import asyncio
import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from meetings import events
from meetings.models import Meeting
from meetings.services import close_meeting, rotate_join_code
from tests.people import Api, client_of, make_guest
from tests.processes import Server
from tests.realtime.live import awrite_post, follow, headers_of
from townships.actors import Actor, system_actor
from townships.models import Membership, Role, Township, User
from townships.permissions import Action, can
from townships.services import sign_out_everywhere
from uploads.models import Kind, Material


async def ends_with(code: int, server: Server, meeting: Meeting, actor: Actor, change: Any) -> None:
    """The actor follows; `change()` happens; the socket is closed with the code within 5 s."""
    async with follow(server, meeting, await headers_of(server, actor)) as me:
        await me.nothing(0.3)
        await sync_to_async(change)()
        assert await me.close_code(5.0) == code


async def test_signing_out_closes_within_5_seconds(
    daphne_server: Server, live_meeting: Meeting, member: Actor
) -> None:
    """The session row is gone: 4401."""
    await ends_with(4401, daphne_server, live_meeting, member, Session.objects.all().delete)


async def test_a_session_that_ran_out_is_closed(
    daphne_server: Server, live_meeting: Meeting, member: Actor
) -> None:
    """65: the row is still there, its time is over."""
    past = timezone.now() - dt.timedelta(seconds=1)
    change = Session.objects.update
    await ends_with(4401, daphne_server, live_meeting, member, lambda: change(expire_date=past))


async def test_a_deactivated_person_is_closed(
    daphne_server: Server, live_meeting: Meeting, member: Actor
) -> None:
    change = User.objects.filter(pk=member.user_id).update
    await ends_with(4401, daphne_server, live_meeting, member, lambda: change(is_active=False))


async def test_a_membership_that_ended_is_closed(
    daphne_server: Server, live_meeting: Meeting, member: Actor
) -> None:
    change = Membership.objects.filter(pk=member.membership_id).update
    await ends_with(4401, daphne_server, live_meeting, member, lambda: change(active=False))


async def test_a_changed_password_signs_out(
    daphne_server: Server, live_meeting: Meeting, member: Actor
) -> None:
    change = User.objects.filter(pk=member.user_id).update
    await ends_with(4401, daphne_server, live_meeting, member, lambda: change(password="!other"))


async def test_signing_out_everywhere_closes_every_page(
    daphne_server: Server, live_meeting: Meeting, member: Actor
) -> None:
    """The session rows of other browsers stay, but they count no more."""
    user = await User.objects.aget(pk=member.user_id)
    await ends_with(
        4401,
        daphne_server,
        live_meeting,
        member,
        lambda: sign_out_everywhere(actor=member, user=user),
    )


async def test_a_changed_role_is_closed_and_comes_back_as_what_it_is_now(
    daphne_server: Server, live_meeting: Meeting, organiser: Actor
) -> None:
    """66: demoted midway: 4403; the same session then sees an observer's frames."""
    headers = await headers_of(daphne_server, organiser)
    async with follow(daphne_server, live_meeting, headers) as me:
        await sync_to_async(Membership.objects.filter(pk=organiser.membership_id).update)(
            role=Role.OBSERVER
        )
        assert await me.close_code(5.0) == 4403
    async with follow(daphne_server, live_meeting, headers) as again:
        await again.until(lambda: again.presence)
        assert "names" not in again.presence[-1]


async def test_guests_go_when_the_meeting_closes_or_lets_no_guests_in(
    daphne_server: Server, live_meeting: Meeting, guest: Actor
) -> None:
    change = Meeting.objects.filter(pk=live_meeting.pk).update
    await ends_with(4403, daphne_server, live_meeting, guest, lambda: change(allows_guests=False))
    await sync_to_async(change)(allows_guests=True)
    await ends_with(4403, daphne_server, live_meeting, guest, lambda: change(status="closed"))


async def test_a_guest_hears_of_the_closing_before_they_go(
    daphne_server: Server, live_meeting: Meeting, organiser: Actor, guest: Actor
) -> None:
    """The page of a guest can say that the meeting is over; then the socket closes."""
    async with follow(daphne_server, live_meeting, await headers_of(daphne_server, guest)) as me:
        await sync_to_async(close_meeting)(actor=organiser, meeting_id=live_meeting.pk)
        await me.until(lambda: any(one["kind"] == "meeting.closed" for one in me.events), 5)
        assert await me.close_code(5) == 4403


async def test_a_new_join_code_sends_guests_out_and_nobody_else(
    daphne_server: Server, live_meeting: Meeting, organiser: Actor, member: Actor, guest: Actor
) -> None:
    """Promise 16: the guest's socket closes; the member reads on."""

    def rotate() -> None:
        rotate_join_code(actor=organiser, meeting_id=live_meeting.pk)

    async with follow(daphne_server, live_meeting, await headers_of(daphne_server, member)) as me:
        await ends_with(4403, daphne_server, live_meeting, guest, rotate)
        await me.reach(await awrite_post(live_meeting.pk))


def test_after_a_new_code_a_guest_is_asked_to_join_again(
    live_meeting: Meeting, organiser: Actor, guest: Actor, api: Callable[[Actor], Api]
) -> None:
    """Neither page nor API knows the guest any more; with the code of now they are back."""
    phone, room = client_of(guest), f"/meetings/{live_meeting.pk}/room/"
    assert phone.get(room).status_code == 200
    meeting = rotate_join_code(actor=organiser, meeting_id=live_meeting.pk)
    answer = phone.get(room)
    assert answer.status_code == 403
    assert 'name="code"' in answer.content.decode()
    assert api(guest).get(f"/meetings/{meeting.pk}").status_code == 404
    assert api(guest).get(f"/meetings/{meeting.pk}/posts").status_code == 404
    again = phone.post(f"/join/{meeting.join_code}/", {"name": "来宾甲", "unit": "市委"})
    assert (again.status_code, phone.get(room).status_code) == (302, 200)


def test_after_the_closing_a_guest_is_told_that_the_meeting_is_over(
    live_meeting: Meeting, organiser: Actor, guest: Actor
) -> None:
    """No code is asked for that nobody shows any more."""
    phone = client_of(guest)
    close_meeting(actor=organiser, meeting_id=live_meeting.pk)
    answer = phone.get(f"/meetings/{live_meeting.pk}/room/")
    assert answer.status_code == 403
    page = answer.content.decode()
    assert "例会已结束" in page
    assert 'name="code"' not in page


def test_an_empty_code_lets_nobody_in(live_meeting: Meeting) -> None:
    """A session from before guests kept their code, and a meeting without one."""
    Meeting.objects.filter(pk=live_meeting.pk).update(join_code="")
    live_meeting.refresh_from_db()
    guest = make_guest(live_meeting)
    assert guest.guest_code == ""
    assert not can(guest, Action.SEE_MEETING, live_meeting)
    assert not Meeting.objects.visible_to(guest).exists()
    assert not Material.objects.visible_to(guest).exists()


async def test_a_new_name_closes_nothing(
    daphne_server: Server, live_meeting: Meeting, member: Actor
) -> None:
    """Only rights are compared while connected: a rename (and whatever else is looked up anew with
    it) drops no reader."""
    async with follow(daphne_server, live_meeting, await headers_of(daphne_server, member)) as me:
        user = await User.objects.aget(pk=member.user_id)
        user.name = "另一个名字"
        await user.asave(update_fields=["name"])
        session = await Session.objects.alatest("expire_date")
        session.session_data = SessionStore().encode(session.get_decoded() | {"anew": True})
        await session.asave()
        await me.nothing(4.5)
        await me.reach(await awrite_post(live_meeting.pk))


def receive_material(meeting_id: uuid.UUID, township: Township) -> tuple[uuid.UUID, int]:
    """A material of the township with its event, as an upload leaves it."""
    with transaction.atomic():
        meeting = events.lock(meeting_id)
        material, _ = Material.objects.get_or_create(
            meeting=meeting, township=township, kind=Kind.DECK, defaults={"title": "秘密的题目"}
        )
        actor = system_actor(meeting.county_id)
        event = events.record(
            meeting, events.MATERIAL_RECEIVED, material, actor, township_id=township.pk
        )
    return material.pk, event.seq


@pytest.mark.timeout(180)
async def test_a_material_is_private_until_the_meeting_opens(
    daphne_server: Server,
    meeting: Meeting,
    township: Township,
    member: Actor,
    other_member: Actor,
    observer: Actor,
    organiser: Actor,
) -> None:
    """Own township and organisers learn of it; others get neither event nor text, live, replayed or
    over HTTP, but their cursor moves on; once open, everybody's replay has it."""
    actors = [member, other_member, observer, organiser]
    headers = {actor: await headers_of(daphne_server, actor) for actor in actors}
    pk, seq = await sync_to_async(receive_material)(meeting.pk, township)
    for actor in (member, organiser):
        async with follow(daphne_server, meeting, headers[actor]) as me:
            await me.reach(seq)
            assert [event["data"]["id"] for event in me.events] == [str(pk)]
    for actor in (other_member, observer):
        async with follow(daphne_server, meeting, headers[actor]) as me:
            _, seq = await sync_to_async(receive_material)(meeting.pk, township)
            last = await awrite_post(meeting.pk)
            await me.reach(last)
            assert [event["kind"] for event in me.events if "material" in event["kind"]] == []
            assert "秘密" not in str(me.events)
            assert me.seq == last
    await sync_to_async(Meeting.objects.filter(pk=meeting.pk).update)(status="live")
    await awrite_post(meeting.pk)
    await asyncio.sleep(1)
    for actor in actors:
        async with follow(daphne_server, meeting, headers[actor]) as me:
            await me.until(lambda: len(me.events) >= 4)
            assert me.events[0]["data"]["id"] == str(pk)
            assert me.events[0]["kind"] == "material.received"
