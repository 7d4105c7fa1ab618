"""The ledger of a run, kept outside the server: what was acknowledged to whom, and in which order.

`verdict` compares it with what is stored. An empty list is what the hub promises.
"""

import uuid
from collections import Counter
from dataclasses import dataclass, field

from board.models import Post, Support
from meetings.events import KINDS, POST_ADDED, SUPPORT_CHANGED
from meetings.models import Event, Meeting
from townships.actors import Actor
from townships.models import AuditRow
from uploads.models import Upload, Version


@dataclass
class Ledger:
    """`posts`: the entry of each client id; `known`: the entries of a meeting. `rounds`: per writer, the client ids of each round; a round
    begins when all of the one before is acknowledged. `supports`: who (`Actor.key`) supports which
    entry; None where a refusal left it open. `uploads`: ids of whole files. `answers` counts statuses."""

    posts: dict[str, str] = field(default_factory=dict)
    known: dict[uuid.UUID, list[str]] = field(default_factory=dict)
    rounds: dict[str, list[list[str]]] = field(default_factory=dict)
    supports: dict[tuple[str, str], bool | None] = field(default_factory=dict)
    uploads: list[str] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)
    upload_answers: Counter[int | str] = field(default_factory=Counter)
    complaints: list[str] = field(default_factory=list)

    @property
    def acknowledgements(self) -> int:
        return self.answers[200] + self.answers[201]

    def acknowledge_post(self, meeting_id: uuid.UUID, client_id: str, post_id: str) -> None:
        """Every acknowledgement of one client id must name one entry."""
        if client_id not in self.posts:
            self.known.setdefault(meeting_id, []).append(post_id)
        if self.posts.setdefault(client_id, post_id) != post_id:
            self.complaints.append(f"{client_id} is {self.posts[client_id]} and {post_id}")

    def verdict(self, meetings: list[Meeting]) -> list[str]:
        """Everything that is not as promised, in words."""
        return [
            *self.complaints,
            *self._posts(meetings),
            *self._supports(meetings),
            *self._uploads(),
            *(fault for meeting in meetings for fault in _numbers(meeting)),
        ]

    def _posts(self, meetings: list[Meeting]) -> list[str]:
        """None lost, none doubled, each writer's in the order in which they were acknowledged."""
        rows = Post.objects.filter(meeting__in=meetings).values_list("client_id", "pk")
        stored = [(client_id, str(pk)) for client_id, pk in rows]
        faults = [f"lost: {pair}" for pair in self.posts.items() - set(stored)]
        faults += [f"never acknowledged or doubled: {pair}" for pair in stored - self.posts.items()]
        if len(stored) != len(self.posts):
            faults.append(f"{len(stored)} entries for {len(self.posts)} that were sent")
        events = Event.objects.filter(meeting__in=meetings, kind=POST_ADDED.name)
        numbers = {str(pk): seq for pk, seq in events.values_list("object_id", "seq")}
        for writer, rounds in self.rounds.items():
            last = 0
            for ids in filter(None, rounds):
                seqs = [numbers.get(self.posts[one], 0) for one in ids]
                if min(seqs) <= last:
                    faults.append(f"reordered: {writer} {seqs} after {last}")
                last = max(seqs)
        return faults

    def _supports(self, meetings: list[Meeting]) -> list[str]:
        """Each wish as it was acknowledged last, and told once."""
        rows = Support.objects.filter(post__meeting__in=meetings)
        stored = {(key, str(post)) for key, post in rows.values_list("supporter_key", "post_id")}
        wished = {pair for pair, wish in self.supports.items() if wish}
        open_ones = {pair for pair, wish in self.supports.items() if wish is None}
        faults = [f"support lost: {pair}" for pair in wished - stored]
        faults += [f"support of nobody: {pair}" for pair in stored - wished - open_ones]
        events = Event.objects.filter(meeting__in=meetings, kind=SUPPORT_CHANGED.name)
        told = Counter(
            (str(actor), str(post)) for actor, post in events.values_list("actor_id", "object_id")
        )
        for pair, wish in self.supports.items():
            if wish is not None and pair in told and told[pair] != (1 if wish else 2):
                faults.append(f"support told {told[pair]} times: {pair} {wish}")
        return faults

    def _uploads(self) -> list[str]:
        """Every acknowledged file became a version, and the worker has looked at each."""
        return [f"upload {pk}: {state}" for pk, state in self.unfinished_uploads().items()]

    def unfinished_uploads(self) -> dict[str, str]:
        """How far the files are that are not ready."""
        found = dict(Upload.objects.filter(pk__in=self.uploads).values_list("pk", "version_id"))
        states = dict(Version.objects.filter(pk__in=found.values()).values_list("pk", "state"))
        each = {pk: states.get(found.get(uuid.UUID(pk)), "lost") for pk in self.uploads}
        return {pk: state for pk, state in each.items() if state != Version.State.READY}


def at_work(meetings: list[Meeting]) -> int:
    """How many files the worker has not finished: also those whose sender never heard that they had
    come, because the line was cut just then."""
    ended = (Version.State.READY, Version.State.REFUSED, Version.State.FAILED)
    return Version.objects.filter(material__meeting__in=meetings).exclude(state__in=ended).count()


def _numbers(meeting: Meeting) -> list[str]:
    """The log has no gaps, and each event has its audit row, of the same transaction."""
    events = list(Event.objects.filter(meeting=meeting).order_by("seq"))
    last = Meeting.objects.get(pk=meeting.pk).last_seq
    faults = []
    if [event.seq for event in events] != list(range(1, last + 1)):
        faults.append(f"the numbers of {meeting.pk} have gaps")
    named = Counter((event.kind, str(event.object_id)) for event in events)
    kinds = [kind.name for kind in KINDS.values() if kind.audited]
    ids = {pk for _, pk in named}
    rows = AuditRow.objects.filter(action__in=kinds, object_id__in=ids)
    audited = Counter(rows.values_list("action", "object_id"))
    expected = Counter({pair: n for pair, n in named.items() if pair[0] in kinds})
    if audited != expected:
        faults.append(f"audit rows and events differ: {audited - expected} {expected - audited}")
    return faults


def visible_numbers(meeting: Meeting, actor: Actor) -> list[int]:
    """The numbers of the log that this reader is told of, in order: all but other townships' materials
    before the meeting opens."""
    return [
        event.seq
        for event in Event.objects.filter(meeting=meeting).order_by("seq")
        if event.object_id is not None
        and (
            event.township_id is None
            or KINDS[event.kind].reach == "everyone"
            or actor.is_staff
            or meeting.is_open
            or event.township_id == actor.township_id
        )
    ]


def new_client_id() -> str:
    return uuid.uuid4().hex
