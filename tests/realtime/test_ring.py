"""The room's memory, without any I/O: whatever happens, a reader that follows its cursor through the
ring is told every event it may see, once, in order, in its newest state, and nothing else."""

import itertools
import json
import uuid

from hypothesis import given
from hypothesis import strategies as st

from realtime import ring as ring_module
from realtime.frames import header, message
from realtime.ring import FRAMES_KEPT, Audience, Cell, Entry, Ring

TOWNS = [uuid.UUID(int=number) for number in range(1, 4)]
AUDIENCES = [Audience(staff=True), Audience(), *(Audience(township_id=town) for town in TOWNS)]


def entry(seq: int, cell: Cell, town: uuid.UUID | None) -> Entry:
    return Entry(seq, f'{{"seq":{seq},', cell, town)


def visible(entries: list[Entry], audience: Audience, is_open: bool) -> list[int]:
    """By the rule as DESIGN says it, not as the ring does it."""
    return [
        one.seq
        for one in entries
        if audience.staff
        or one.township_id is None
        or is_open
        or one.township_id == audience.township_id
    ]


logs = st.lists(st.tuples(st.integers(0, 4), st.sampled_from([None, *TOWNS])), max_size=60)


@given(
    log=logs,
    cuts=st.lists(st.integers(0, 60), max_size=8),
    start=st.integers(0, 60),
    audience=st.sampled_from(AUDIENCES),
    is_open=st.booleans(),
    chunk=st.integers(1, 400),
    keep=st.integers(0, 60),
)
def test_following_the_cursor_tells_everything_once(
    log, cuts, start, audience, is_open, chunk, keep
) -> None:
    """The log comes in batches cut anywhere (some sent twice); a reader starts anywhere, reads in
    chunks of any size, while the ring forgets what nobody needs."""
    kept, ring_module.CHUNK_CHARACTERS = ring_module.CHUNK_CHARACTERS, chunk
    try:
        cells = [Cell(f'"s{n}"', f'"o{n}"', f'"e{n}"') for n in range(5)]
        entries = [entry(n, cells[about], town) for n, (about, town) in enumerate(log, start=1)]
        ring = Ring(0, is_open)
        cursor, told = min(start, len(entries)), []
        bounds = sorted({0, len(entries), *(min(cut, len(entries)) for cut in cuts)})
        for low, high in itertools.pairwise(bounds):
            ring.append(entries[max(0, low - 2) : high])
            while ring.reaches(cursor) and cursor < ring.last:
                sent, cursor = ring.after(cursor, audience)
                if sent is not None:
                    frame = json.loads(sent["text"])
                    assert frame["seq"] == cursor
                    told += [event["seq"] for event in frame["events"]]
            ring.trim(keep, cursor)
        assert told == [seq for seq in visible(entries, audience, is_open) if seq > start]
        assert cursor == max(len(entries), min(start, len(entries)))
    finally:
        ring_module.CHUNK_CHARACTERS = kept


@given(log=logs, split=st.integers(0, 60), wanted=st.integers(0, 60))
def test_older_events_are_put_in_front(log, split, wanted) -> None:
    """A ring that began at `split` and is then given what lies between `wanted` and it is the same as
    one that began at `wanted`."""
    cell = Cell('"s"', '"o"', '"e"')
    entries = [entry(n, cell, town) for n, (_, town) in enumerate(log, start=1)]
    split = min(split, len(entries))
    wanted = min(wanted, split)
    ring = Ring(split)
    ring.append(entries)
    ring.prepend(wanted, entries[wanted:])
    assert [one.seq for one in ring.entries] == list(range(wanted + 1, len(entries) + 1))
    assert (ring.start, ring.last) == (wanted, len(entries))


def test_a_replay_tells_the_newest_state() -> None:
    """What was hidden meanwhile is not told again, though the ring remembers the event."""
    ring, cell = Ring(0), Cell('"text"', '"text"', '"text"')
    ring.append([entry(1, cell, None)])
    first, _ = ring.after(0, Audience())
    assert first is not None
    assert '"text"' in first["text"]
    cell.everyone = '"hidden"'
    ring.append([entry(2, cell, None)])
    again, _ = ring.after(0, Audience())
    assert again is not None
    assert '"text"' not in again["text"]


def test_frames_of_replays_are_kept_for_a_few_places_only() -> None:
    """Readers come from every number in turn while nothing new happens: each frame holds most of the
    log, so not all of them may be remembered; the same place soon again is still the same frame."""
    ring, cell = Ring(0), Cell('"s"', '"o"', '"e"')
    ring.append([entry(seq, cell, None) for seq in range(1, 501)])
    for cursor in range(500):
        assert ring.after(cursor, Audience())[0] is ring.after(cursor, Audience())[0]
        assert len(ring._frames) <= FRAMES_KEPT


def test_readers_of_one_audience_share_one_encoded_frame() -> None:
    """And townships that see the same share it too."""
    ring, cell = Ring(0), Cell('"s"', '"o"', '"e"')
    ring.append([entry(1, cell, None), entry(2, cell, TOWNS[0])])
    other, third = Audience(township_id=TOWNS[1]), Audience(township_id=TOWNS[2])
    assert ring.after(0, other)[0] is ring.after(0, third)[0] is ring.after(0, Audience())[0]
    assert ring.after(0, Audience(township_id=TOWNS[0]))[0] is not ring.after(0, other)[0]


@given(text=st.text(max_size=70_000))
def test_frames_are_valid_websocket_frames(text: str) -> None:
    """Header as RFC 6455 says, for every length."""
    sent = message(text)
    payload = text.encode("utf-8", "replace")
    assert sent["lihui.ready"] == header(len(payload)) + payload
    head = sent["lihui.ready"][: len(sent["lihui.ready"]) - len(payload)]
    assert head[0] == 0x81
    length = {2: lambda: head[1], 4: lambda: int.from_bytes(head[2:], "big")}
    assert length.get(len(head), lambda: int.from_bytes(head[2:], "big"))() == len(payload)


def test_the_facts_of_a_private_event_stay_private_when_the_meeting_opens() -> None:
    """Why a township's file was refused, and how far it got, is told to it and the organisers."""
    private = Entry(1, '{"seq":1,', Cell("1", "2", "3"), TOWNS[0], '"facts":{"code":"macros"},')
    assert private.text(Audience(), True) == '{"seq":1,"data":3}'
    assert private.text(Audience(township_id=TOWNS[1]), True) == '{"seq":1,"data":3}'
    for insider in (Audience(staff=True), Audience(township_id=TOWNS[0])):
        for is_open in (False, True):
            text = private.text(insider, is_open)
            assert text is not None
            assert json.loads(text)["facts"] == {"code": "macros"}
    public = Entry(1, '{"seq":1,', Cell("1", "2", "3"), None, '"facts":{"n":1},')
    assert public.text(Audience(), False) == '{"seq":1,"facts":{"n":1},"data":3}'
