"""Who is told what, and until when: rights hold while connected, and before a meeting opens."""

import asyncio
import uuid
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.sessions.models import Session
from django.db import transaction

from meetings import events
from meetings.models import Meeting
from tests.processes import Server
from tests.realtime.live import awrite_post, follow, headers_of
from townships.actors import Actor, system_actor
from townships.models import Membership, Role, Township, User
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
