"""What grew over the months: the practices with their reach, a year at a glance, a category through time."""

import uuid
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet

from board.adoptions import LedgerRow, ledger_of
from board.models import Adoption, AdoptionStep, Case, Category, Post, Support
from board.representations import posts_with_everything
from meetings.models import Meeting
from townships.actors import Actor
from townships.models import Township
from townships.problems import NotFound
from uploads.models import Kind, Material

from . import browse

MOST_PRACTICES = 2000
MOST_POSTS = 200


def closed_posts(actor: Actor) -> QuerySet[Post]:
    """The entries of closed meetings that everybody of the county may read."""
    return browse.everybodys(Post.objects.filter(meeting__in=browse.closed_meetings(actor)))


def category_filter(category: uuid.UUID) -> Q:
    """Filed under the category or one of its aspects, themselves or by their case."""
    return (
        Q(category=category)
        | Q(category__parent=category)
        | Q(case__category=category)
        | Q(case__category__parent=category)
    )


@dataclass(slots=True)
class Practice:
    """A practice, its ledger, and how far it reached."""

    post: Post
    rows: list[LedgerRow]

    def count(self, status: str) -> int:
        return sum(row.status == status for row in self.rows)

    @property
    def done(self) -> int:
        return self.count(Adoption.Status.DONE)

    @property
    def running(self) -> int:
        return self.count(Adoption.Status.RUNNING)

    @property
    def planned(self) -> int:
        return self.count(Adoption.Status.PLANNED)


def ranked(
    actor: Actor, *, year: int | None = None, category: uuid.UUID | None = None
) -> list[uuid.UUID]:
    """The practices of the closed meetings, the furthest reaching first (four plain queries)."""
    found = closed_posts(actor).filter(kind=Post.Kind.PRACTICE)
    if year is not None:
        found = found.filter(meeting__in=in_year(actor, year, browse.zone_of(actor)))
    if category is not None:
        found = found.filter(category_filter(category))
    newest = found.order_by("-created_at", "pk").values_list("pk", flat=True)
    ids = list(newest[:MOST_PRACTICES])
    states: dict[uuid.UUID, dict[uuid.UUID, str]] = {pk: {} for pk in ids}
    adoptions = Adoption.objects.filter(post__meeting__county=actor.county_id)
    for post, township, status in adoptions.values_list("post", "township", "status"):
        if post in states:
            states[post][township] = status
    steps = AdoptionStep.objects.filter(post__meeting__county=actor.county_id)
    lines = steps.order_by("created_at", "pk").values_list(
        "post", "post__merged_into", "township", "status"
    )
    for post, merged_into, township, status in lines:
        if (speaks := merged_into or post) in states:
            states[speaks][township] = status
    joined = Support.objects.filter(post__meeting__county=actor.county_id).order_by()
    joined_in = dict(
        joined.values_list("post").annotate(n=Count("township", distinct=True)).values_list("post", "n")
    )  # fmt: skip

    def reach(pk: uuid.UUID) -> tuple[int, int, int]:
        told = [status for status in states[pk].values() if status]
        return told.count(Adoption.Status.DONE), len(told), joined_in.get(pk, 0)

    return sorted(ids, key=reach, reverse=True)


def practices(ids: list[uuid.UUID]) -> list[Practice]:
    """These practices with their ledgers, in this order (a constant number of queries)."""
    if not ids:
        return []
    posts = {post.pk: post for post in posts_with_everything(Post.objects.filter(pk__in=ids))}
    ledgers = ledger_of(ids)
    return [Practice(posts[pk], ledgers.get(pk, [])) for pk in ids if pk in posts]


def catalogue(
    actor: Actor, *, year: int | None = None, category: uuid.UUID | None = None, most: int = 20
) -> list[Practice]:
    """The furthest reaching practices: townships with a result, townships trying, townships that
    joined in."""
    return practices(ranked(actor, year=year, category=category)[:most])


def in_year(actor: Actor, year: int, zone: ZoneInfo) -> QuerySet[Meeting]:
    return browse.closed_meetings(actor).filter(browse.within(year, zone))


@dataclass(slots=True)
class MonthLine:
    """One meeting in the yearly overview."""

    meeting: Meeting
    decks: int
    manuscripts: int
    problems: int
    practices: int
    questions: int


@dataclass(slots=True)
class Year:
    """A year at a glance."""

    year: int
    months: list[MonthLine]
    townships: list[tuple[Township, int, int, int]]
    opened: int = 0
    solved: int = 0
    dropped: int = 0
    practices: list[Practice] = field(default_factory=list)
    problems: list[Post] = field(default_factory=list)


def overview(actor: Actor, year: int) -> Year:
    """The year's meetings, what each township brought, what was solved and what spread (a constant
    number of queries). Raises `NotFound` for a year without meetings."""
    if not 1900 <= year < 9999:
        raise NotFound
    zone = browse.zone_of(actor)
    meetings = list(in_year(actor, year, zone).order_by("starts_at"))
    if not meetings:
        raise NotFound
    posts = closed_posts(actor).filter(meeting__in=meetings)
    materials = Material.objects.filter(
        meeting__in=meetings, withdrawn_at__isnull=True, current__isnull=False
    )
    given = browse.counts(materials, meetings)
    said = browse.counts(posts, meetings)
    cases = Case.objects.visible_to(actor).filter(opened_in__in=meetings)
    ended = cases.order_by().aggregate(
        opened=Count("pk"),
        solved=Count("pk", filter=Q(status=Case.Status.SOLVED)),
        dropped=Count("pk", filter=Q(status=Case.Status.DROPPED)),
    )
    shared = posts.filter(kind=Post.Kind.PROBLEM).annotate(
        n=Count("supports__township", distinct=True)
    )
    top = list(shared.order_by("-n", "created_at", "pk").values_list("pk", flat=True)[:5])
    problems = posts_with_everything(Post.objects.filter(pk__in=top))
    return Year(
        year,
        [
            MonthLine(
                meeting,
                given.get((meeting.pk, Kind.DECK), 0),
                given.get((meeting.pk, Kind.MANUSCRIPT), 0),
                *(said.get((meeting.pk, kind), 0) for kind in Post.Kind.values),
            )
            for meeting in meetings
        ],
        by_township(actor, materials, posts),
        ended["opened"],
        ended["solved"],
        ended["dropped"],
        catalogue(actor, year=year, most=5),
        sorted(problems, key=lambda post: top.index(post.pk)),
    )


def by_township(
    actor: Actor, materials: QuerySet[Material], posts: QuerySet[Post]
) -> list[tuple[Township, int, int, int]]:
    """Each township with its materials, problems and practices (three queries)."""
    given = dict(
        materials.order_by().values_list("township").annotate(n=Count("pk")).values_list("township", "n")
    )  # fmt: skip
    said = {
        (township, kind): n
        for township, kind, n in posts.order_by()
        .values_list("township", "kind")
        .annotate(n=Count("pk"))
    }
    return [
        (
            one,
            given.get(one.pk, 0),
            said.get((one.pk, Post.Kind.PROBLEM), 0),
            said.get((one.pk, Post.Kind.PRACTICE), 0),
        )
        for one in Township.objects.visible_to(actor)
        if one.active or one.pk in given
    ]


@dataclass(slots=True)
class InCategory:
    """What was filed under a category, newest first, and its aspects."""

    category: Category
    aspects: list[Category]
    posts: list[Post]
    open_cases: int


def in_category(actor: Actor, category_id: uuid.UUID) -> InCategory:
    """One category through the months (a constant number of queries). Raises `NotFound`."""
    posts = closed_posts(actor).filter(category_filter(category_id))
    category = Category.objects.visible_to(actor).select_related("parent").filter(pk=category_id).first()  # fmt: skip
    if category is None:
        raise NotFound
    cases = Case.objects.visible_to(actor).still_open()
    cases = cases.filter(Q(category=category_id) | Q(category__parent=category_id))
    shown = posts_with_everything(posts).order_by("-created_at", "pk")
    return InCategory(
        category, list(category.aspects.all()), list(shown[:MOST_POSTS]), cases.count()
    )
