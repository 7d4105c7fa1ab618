"""Which materials a meeting expects, from whom, and how far each is. Constant queries."""

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone

from meetings.expected import load_dues
from meetings.models import AgendaItem, Meeting
from townships.actors import Actor
from townships.models import Township
from uploads.models import Kind, Material, Page, Version, within


@dataclass(slots=True)
class Slot:
    """A place for a township's deck or manuscript: expected or filled, or both."""

    meeting: Meeting
    township: Township
    kind: str
    expected: bool = False
    material: Material | None = None
    state: str = "missing"
    late: bool = False
    in_extension: bool = False
    thumb: str = ""

    @property
    def label(self) -> str:
        return str(Kind(self.kind).label)

    @property
    def url(self) -> str:
        return reverse("material_slot", args=[self.meeting.pk, self.township.pk, self.kind])

    @property
    def due(self) -> dt.datetime:
        """When it is due: the agenda's or the meeting's deadline, or a granted extension."""
        extended = self.material.extended_until if self.material else None
        return max(extended, self.asked_by) if extended else self.asked_by

    @property
    def asked_by(self) -> dt.datetime:
        """When it is due by the agenda, or the meeting where that says nothing."""
        return self.meeting.due_of(self.township.pk, self.kind)

    @property
    def due_state(self) -> str:
        """due, soon (within two days), late or done; as the badge says it."""
        if self.state == "ready":
            return "done"
        left = self.due - timezone.now()
        if left < dt.timedelta(0):
            return "late"
        return "soon" if left < dt.timedelta(days=2) else "due"

    @property
    def more_time(self) -> dt.datetime:
        """What one click grants beyond this."""
        return more_time(self.meeting, self.asked_by)


def more_time(meeting: Meeting, due: dt.datetime | None = None) -> dt.datetime:
    """What one click grants for something due then: until six in the evening of tomorrow, but not past the start."""
    zone = meeting.zone
    base = max(timezone.now(), due or meeting.due_at).astimezone(zone) + dt.timedelta(days=1)
    until = base.replace(hour=18, minute=0, second=0, microsecond=0)
    if meeting.starts_at > timezone.now():
        until = min(until, meeting.starts_at.astimezone(zone))
    return until


@dataclass(slots=True)
class Line:
    """A township's two slots at one meeting; None where nothing is expected or given."""

    township: Township
    deck: Slot | None = None
    manuscript: Slot | None = None

    @property
    def complete(self) -> bool:
        slots = [slot for slot in (self.deck, self.manuscript) if slot and slot.expected]
        return all(slot.state == "ready" for slot in slots)

    @property
    def slots(self) -> list[Slot]:
        return [slot for slot in (self.deck, self.manuscript) if slot is not None]


def lines_of(
    actor: Actor, meetings: Iterable[Meeting], *, pictures: bool = False
) -> dict[uuid.UUID, list[Line]]:
    """For each meeting its townships with their slots, in the order of the agenda.

    Four queries (five with the pictures of first slides), for any number of meetings. Materials
    the actor may not see yet are shown as expected only: their state stays hidden.
    """
    wanted = {meeting.pk: meeting for meeting in meetings}
    load_dues(list(wanted.values()))
    lines: dict[uuid.UUID, dict[uuid.UUID, Line]] = {pk: {} for pk in wanted}

    def slot_for(meeting_id: uuid.UUID, township: Township, kind: str) -> Slot:
        line = lines[meeting_id].setdefault(township.pk, Line(township))
        slot: Slot | None = getattr(line, kind)
        if slot is None:
            slot = Slot(wanted[meeting_id], township, kind)
            setattr(line, kind, slot)
        return slot

    items = AgendaItem.objects.filter(meeting__in=wanted, township__isnull=False)
    for item in items.select_related("township").order_by("position"):
        assert item.township is not None
        for kind in (Kind.DECK, Kind.MANUSCRIPT):
            if getattr(item, f"expects_{kind}"):
                slot_for(item.meeting_id, item.township, kind).expected = True
    materials = {
        material.pk: material
        for material in Material.objects.visible_to(actor)
        .filter(meeting__in=wanted, withdrawn_at__isnull=True)
        .select_related("township")
    }
    slots = {}
    for material in materials.values():
        slot = slot_for(material.meeting_id, material.township, material.kind)
        slot.material = material
        slots[material.pk] = slot
    fill(slots, pictures)
    return {pk: list(found.values()) for pk, found in lines.items()}


def fill(slots: dict[uuid.UUID, Slot], pictures: bool) -> None:
    """The state of each slot's newest version, and on request its first picture."""
    versions = Version.objects.filter(material__in=slots).order_by("number")
    for pk, state, late, at, until in versions.values_list(
        "material_id", "state", "late", "uploaded_at", "material__extended_until"
    ):
        slot = slots[pk]
        slot.state, slot.late, slot.in_extension = state, late, late and within(until, at)
    if not pictures:
        return
    current = {slot.material.current_id: slot for slot in slots.values() if slot.material}
    first = Page.objects.filter(version__in=[pk for pk in current if pk], number=1)
    for pk, version_id, thumb in first.values_list("pk", "version_id", "thumb"):
        if thumb:
            current[version_id].thumb = reverse("page_thumb", args=[pk])


def owed(actor: Actor, meetings: Iterable[Meeting]) -> list[Slot]:
    """What the actor's own township is expected to hand in for these meetings, soonest first."""
    found = [
        slot
        for lines in lines_of(actor, meetings).values()
        for line in lines
        if line.township.pk == actor.township_id
        for slot in line.slots
        if slot.expected
    ]
    return sorted(found, key=lambda slot: (slot.due, slot.kind))
