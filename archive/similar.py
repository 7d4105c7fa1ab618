"""What was said before about the same: for somebody who is writing an entry.

A sentence is not a search: hardly any earlier entry holds all of its words. So the index is asked
for entries with any of the sentence's telling pairs of characters (those that few entries have),
and what it finds is judged by how much of the sentence it shares, rare pairs counting more. How
common a pair is, is estimated from the county's newest entries and remembered for a while.
"""

import math
import time
import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.translation import ngettext

from board.adoptions import LedgerRow, ledger_of
from board.models import Case, Post
from meetings.queries import visible_meeting
from townships.actors import Actor
from townships.throttle import spend

from . import engines
from .folding import tokens
from .models import Entry, scope_of
from .query import Query, Term

KINDS = (Entry.Kind.PROBLEM.value, Entry.Kind.PRACTICE.value)
SAMPLE, SAMPLE_SECONDS = 2_000, 600
TELLING, UNSEEN = 8, 4  # pairs that are asked for: the rarest known ones, and some nobody used yet
CANDIDATES = 30
HERE = 300  # of this meeting's entries, the newest
UNSEEN_WEIGHT = 0.4
ENOUGH = 0.34  # of the sentence's weight
BODY = 160

_samples: dict[uuid.UUID | None, tuple[float, Counter[str]]] = {}


@dataclass(frozen=True, slots=True)
class Like:
    """An earlier entry like the one being written; `share`: how much of it they have in common."""

    post: Post
    share: float
    here: bool


def similar(
    *, actor: Actor, meeting_id: uuid.UUID, text: str, kind: str = "", limit: int = 4
) -> list[dict[str, object]]:
    """Earlier problems and practices like `text`, of this meeting and of the archive the actor may
    search, the most alike first; each with what solved it. Problems are listed with the practices
    that may solve them whatever is being written; `kind` breaks ties.

    At most eight queries. Raises `NotFound`, `SignedOut`, `TooMany`.
    """
    meeting = visible_meeting(actor, meeting_id)
    spend("similar", actor.key, limit=settings.SIMILAR_PER_MINUTE)
    wanted = pairs(text[:400])
    if len(wanted) < 2:
        return []
    common = commonness(actor.county_id)
    weights = {pair: weight(common[pair]) for pair in wanted}
    found = in_meeting(actor, meeting.pk, weights)
    if actor.guest_meeting_id is None:
        found += in_archive(actor, meeting.pk, weights, common)
    found.sort(key=lambda like: (-like.share, like.post.kind != kind, like.post.created_at))
    return described(actor, found[:limit])


def pairs(text: str) -> set[str]:
    """The telling tokens of a text: pairs of Chinese characters and words, no single characters."""
    return {token for token in tokens(text).split() if len(token) > 1}


def commonness(county_id: uuid.UUID | None) -> Counter[str]:
    """In how many of the county's newest entries each pair occurs; remembered for ten minutes."""
    known = _samples.get(county_id)
    if known is not None and time.monotonic() - known[0] < SAMPLE_SECONDS:
        return known[1]
    texts = Entry.objects.filter(county_id=county_id, kind__in=KINDS).order_by("-pk")
    counted: Counter[str] = Counter()
    for row in texts.values_list("text_tokens", flat=True)[:SAMPLE]:
        counted.update(set(row.split()))
    if len(_samples) > 200:
        _samples.clear()
    _samples[county_id] = (time.monotonic(), counted)
    return counted


def weight(times: int) -> float:
    """What a pair counts: rare ones much; one that nobody used counts little, because most of these
    are no words but the end of one and the beginning of the next."""
    return 1 / math.log(2.5 + times) if times else UNSEEN_WEIGHT


def share_of(text: str, weights: dict[str, float]) -> float:
    """How much of the sentence's weight a text has."""
    there = pairs(text)
    return sum(w for pair, w in weights.items() if pair in there) / sum(weights.values())


def in_meeting(actor: Actor, meeting_id: uuid.UUID, weights: dict[str, float]) -> list[Like]:
    """Those of this meeting (one query)."""
    posts = Post.objects.visible_to(actor).filter(
        meeting_id=meeting_id, kind__in=KINDS, merged_into=None, held_at=None, hidden_at=None
    )
    found = []
    for post in posts.select_related("township", "meeting", "case").order_by("-created_at")[:HERE]:
        share = share_of(post.body, weights)
        if share >= ENOUGH:
            found.append(Like(post, share, here=True))
    return found


def in_archive(
    actor: Actor, meeting_id: uuid.UUID, weights: dict[str, float], common: Counter[str]
) -> list[Like]:
    """Those of other meetings that the actor may search (four queries)."""
    known = sorted((pair for pair in weights if common[pair]), key=lambda pair: common[pair])
    unseen = sorted(pair for pair in weights if not common[pair])
    chosen = known[:TELLING] + unseen[:UNSEEN]
    query = Query("", [[Term(pair, (pair,), prefix=False) for pair in chosen]])
    scope = scope_of(actor)
    ids: list[int] = []
    for kind in KINDS:
        facts = sorted(
            engines.hits(query, scope, {"kind": kind}), key=lambda fact: fact[engines.SCORE]
        )
        ids += [fact[engines.ID] for fact in facts[:CANDIDATES]]
    shares = {
        entry.object_id: share
        for entry in engines.entries(ids)
        if entry.meeting_id != meeting_id and (share := share_of(entry.text, weights)) >= ENOUGH
    }
    posts = Post.objects.visible_to(actor).filter(pk__in=shares, merged_into=None, held_at=None)
    return [
        Like(post, shares[post.pk], here=False)
        for post in posts.select_related("township", "meeting", "case")
    ]


def described(actor: Actor, found: Iterable[Like]) -> list[dict[str, object]]:
    """As the page shows them, each with what solved it (three queries)."""
    likes = list(found)
    ledgers = ledger_of([like.post.pk for like in likes if like.post.kind == Post.Kind.PRACTICE])
    cases = Case.objects.filter(pk__in=[like.post.case_id for like in likes if like.post.case_id])
    solvers = {case.pk: case.solved_by for case in cases.select_related("solved_by__township")}
    rows: list[dict[str, object]] = []
    for like in likes:
        post = like.post
        rows.append(
            {
                "id": str(post.pk),
                "kind": post.kind,
                "body": post.body if len(post.body) <= BODY else post.body[: BODY - 1] + "…",
                "township": post.township.name if post.township else post.author_unit,
                "here": like.here,
                "meeting": str(post.meeting_id),
                "when": f"{post.meeting.starts_at:%Y-%m}",
                "case": str(post.case_id) if post.case_id else None,
                "solved": solution(
                    post, solvers.get(post.case_id) if post.case_id else None, ledgers
                ),
                "url": address(actor, post),
                "share": round(like.share, 2),
            }
        )
    return rows


def solution(post: Post, solver: Post | None, ledgers: dict[uuid.UUID, list[LedgerRow]]) -> str:
    """What solved a problem, or how many townships try a practice; "" where nothing is known."""
    if post.kind == Post.Kind.PRACTICE:
        n = len(ledgers.get(post.pk, []))
        words = ngettext("%(n)d township tries it", "%(n)d townships try it", n) % {"n": n}
        return words if n else ""
    case = post.case
    if case is None or case.status != Case.Status.SOLVED:
        return ""
    if solver is not None and not (solver.hidden_at or solver.withdrawn_at or solver.held_at):
        who = solver.township.name if solver.township else solver.author_unit
        return f"{who}: {solver.body[:BODY]}"
    return case.outcome[:BODY]


def address(actor: Actor, post: Post) -> str:
    """Where it is to be read: the case, the practice, or its place in the archive."""
    if actor.guest_meeting_id is not None:
        return ""
    if post.case_id:
        return reverse("case", args=[post.case_id])
    if post.kind == Post.Kind.PRACTICE:
        return reverse("practice", args=[post.pk])
    if post.meeting.is_closed:
        return f"{reverse('archive:meeting', args=[post.meeting_id])}#post-{post.pk}"
    return reverse("room", args=[post.meeting_id])
