"""Writes iCalendar (RFC 5545) text. Pure: no database, no request.

The library escapes and folds, so what people typed stays text, whatever it contains. Times are in
the county's zone, with its VTIMEZONE, so that a meeting stays at nine where clocks change.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event, vCalAddress, vText

PRODUCT = "-//Lihui//Township meetings//ZH"
REFRESH = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in a calendar. `uid` never changes; `sequence` rises with each change.

    `status`: CONFIRMED, TENTATIVE or CANCELLED. `busy`: whether it takes the reader's time.
    `alarms`: how long before its start the calendar rings; negative: after it.
    """

    uid: str
    sequence: int
    starts: dt.datetime
    ends: dt.datetime
    title: str
    stamp: dt.datetime
    venue: str = ""
    text: str = ""
    url: str = ""
    status: str = "CONFIRMED"
    busy: bool = True
    alarms: tuple[dt.timedelta, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """A name with an e-mail address."""

    name: str
    address: str

    @property
    def value(self) -> vCalAddress:
        address = vCalAddress(f"mailto:{self.address}")
        address.params["CN"] = vText(self.name)
        return address


def event_of(entry: Entry, zone: ZoneInfo, sender: Person | None, reader: Person | None) -> Event:
    """The VEVENT of an entry, with an organizer and an attendee where it is an invitation."""
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", entry.stamp.astimezone(dt.UTC))
    event.add("last-modified", entry.stamp.astimezone(dt.UTC))
    event.add("dtstart", entry.starts.astimezone(zone))
    event.add("dtend", entry.ends.astimezone(zone))
    event.add("summary", entry.title)
    if entry.venue:
        event.add("location", entry.venue)
    if entry.text:
        event.add("description", entry.text)
    if entry.url:
        event.add("url", entry.url)
    event.add("status", entry.status)
    event.add("transp", "OPAQUE" if entry.busy and entry.status != "CANCELLED" else "TRANSPARENT")
    if sender is not None:
        event.add("organizer", sender.value)
    if reader is not None:
        event.add("attendee", _attendee(reader))
    for before in entry.alarms if entry.status != "CANCELLED" else ():
        event.add_component(_alarm(entry, before))
    return event


def _attendee(reader: Person) -> vCalAddress:
    value = reader.value
    value.params["ROLE"] = vText("REQ-PARTICIPANT")
    value.params["PARTSTAT"] = vText("NEEDS-ACTION")
    value.params["RSVP"] = vText("FALSE")
    return value


def _alarm(entry: Entry, before: dt.timedelta) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", entry.title)
    alarm.add("trigger", -before)
    return alarm


def calendar_of(
    entries: Iterable[Entry],
    *,
    zone: ZoneInfo,
    name: str = "",
    method: str = "",
    sender: Person | None = None,
    reader: Person | None = None,
) -> bytes:
    """A whole calendar. `method`: PUBLISH for feeds, REQUEST and CANCEL for mails."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    if method:
        calendar.add("method", method)
    if name:
        _named(calendar, name)
    rows = list(entries)
    for entry in rows:
        calendar.add_component(event_of(entry, zone, sender, reader))
    if rows:
        first = min(entry.starts for entry in rows).date() - dt.timedelta(days=366)
        last = max(entry.ends for entry in rows).date() + dt.timedelta(days=366)
        calendar.add_missing_timezones(first_date=first, last_date=last)
    return bytes(calendar.to_ical())


def _named(calendar: Any, name: str) -> None:
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
