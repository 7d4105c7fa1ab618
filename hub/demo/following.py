"""What becomes of a month's problems and practices: answered, assigned, followed up, solved, reported.

Most problems of a month are answered in the meeting; the others go on as cases, and within a few
months somebody has solved them, often by a practice of that month.
"""

from __future__ import annotations

import datetime as dt
import random
import uuid

from board import services as board
from board.adoptions import ledger_of
from board.models import Case, Category, Post
from hub.demo.settlers import Settled
from hub.demo.topics import Talk
from meetings.models import Meeting
from uploads.models import Material

FILED = {
    "基层党建": ("支部", "党员", "组织生活", "党建", "两新", "联建", "党群", "流动"),
    "人才工作": ("人才", "回引", "青年", "后备"),
    "干部工作": ("干部", "评议", "监督", "教育", "培训"),
    "自身建设": ("自身", "作风", "档案", "数字"),
}
ASPECTS = {
    "党员": "党员教育管理",
    "支部": "组织建设",
    "组织生活": "组织生活",
    "档案": "档案与信息化",
}
OUTCOMES = (
    "已制定统一样式并在全县推开，{place}先行试点，现已办结。",
    "由组织部会同有关部门明确了办理时限，{place}反映的情况已全部解决。",
    "{place}按月更新台账，连续两个月核查无遗漏，同意销号。",
)
NOTES = (
    "已摸清底数，列出清单，下月报进展。",
    "试点两个村，一户一册，群众反映较好。",
    "部分村进度偏慢，本周再督促一次。",
)
REPORTS = (
    ("running", "已在两个村试行，积分每月公示一次。"),
    ("running", "正在修订办法，下月全镇推开。"),
    ("done", "试行两个月，办理时间平均缩短三分之一。"),
    ("done", "已写入镇里的工作制度，群众满意度明显提高。"),
)


def categories_of(settled: Settled) -> dict[str, uuid.UUID]:
    """The ids of the county's categories and aspects, by name (one query)."""
    found = Category.objects.filter(county_id=settled.organiser.county_id)
    return dict(found.values_list("name", "pk"))


def category_for(words: str, known: dict[str, uuid.UUID]) -> uuid.UUID | None:
    """Where a topic's category belongs: an aspect where one fits, else one of the four."""
    for part, aspect in ASPECTS.items():
        if part in words:
            return known.get(aspect)
    for name, parts in FILED.items():
        if any(part in words for part in parts):
            return known.get(name)
    return None


def before_closing(settled: Settled, meeting: Meeting, seed: str, at: dt.datetime) -> None:
    """The organiser goes through the board at the end: what is answered, who sees to the rest."""
    rng = random.Random(f"{seed}/following")
    organiser = settled.organiser
    posts = list(Post.objects.filter(meeting=meeting, merged_into=None).order_by("created_at"))
    kept = 0
    for post in posts:
        if post.kind == Post.Kind.PRACTICE:
            continue
        if post.kind == Post.Kind.QUESTION or rng.random() < 0.75 or kept == 2:
            board.mark_post(actor=organiser, post_id=post.pk, status="answered", at=at)
            continue
        kept += 1
        members = dict(zip([t.pk for t in settled.townships], settled.members, strict=True))
        who = members.get(post.township_id, ()) if post.township_id else ()
        board.assign_post(
            actor=organiser,
            post_id=post.pk,
            responsible_id=who[0].user_id if who else None,
            responsible_name="" if who else "县委组织部",
            due=(at + dt.timedelta(days=rng.choice((20, 35, 50)))).date(),
            at=at,
        )
    practices = [post for post in posts if post.kind == Post.Kind.PRACTICE]
    follow(settled, meeting, practices, rng, at)


def follow(
    settled: Settled, meeting: Meeting, practices: list[Post], rng: random.Random, at: dt.datetime
) -> None:
    """What earlier meetings left open is reported on; most of it is solved after a month or two."""
    cases = Case.objects.filter(discussions__meeting=meeting).exclude(opened_in=meeting)
    for case in cases.still_open().select_related("township"):
        place = case.township.name if case.township else "有关乡镇"
        age = (at - case.created_at).days
        if age > 75 or rng.random() < 0.4:
            solver = rng.choice(practices) if practices and rng.random() < 0.6 else None
            board.change_case(
                actor=settled.organiser,
                case_id=case.pk,
                status="solved",
                outcome=rng.choice(OUTCOMES).format(place=place),
                solved_by_id=solver.pk if solver else None,
                at=at,
            )
        elif case.status == Case.Status.OPEN:
            board.change_case(
                actor=settled.organiser,
                case_id=case.pk,
                status="running",
                note=rng.choice(NOTES),
                at=at,
            )


def report_later(settled: Settled, meeting: Meeting, seed: str, at: dt.datetime) -> None:
    """In the month after, some townships that planned to try a practice say how it goes, with their
    newest deck as evidence."""
    rng = random.Random(f"{seed}/reports")
    practices = Post.objects.filter(meeting=meeting, kind=Post.Kind.PRACTICE, merged_into=None)
    speakers = {members[0].township_id: members[0] for members in settled.members}
    for rows in ledger_of(list(practices.values_list("pk", flat=True))).values():
        for row in rows:
            if row.status == "done" or rng.random() < 0.5:
                continue
            status, result = rng.choice(REPORTS)
            deck = Material.objects.filter(
                meeting=meeting, township=row.township, kind="deck"
            ).first()
            board.report_adoption(
                actor=speakers[row.township.pk],
                post_id=row.steps[-1].post_id,
                status=status,
                result=result,
                evidence_id=deck.pk if deck and status == "done" else None,
                at=at,
            )


def collect(settled: Settled, meeting: Meeting, talks: tuple[Talk, ...], at: dt.datetime) -> None:
    """What townships have put on the next meeting's board since it was announced."""
    known = categories_of(settled)
    for number, talk in enumerate(talks[:3]):
        board.add_post(
            actor=settled.members[number][0],
            meeting_id=meeting.pk,
            kind="problem",
            body=talk.problems[-1],
            client_id=f"demo-collected-{number}",
            category_id=category_for(talk.topic.category, known),
            at=at + dt.timedelta(minutes=20 + 25 * number),
        )


def in_the_middle(settled: Settled, meeting: Meeting, at: dt.datetime) -> None:
    """The live meeting: one problem is assigned, one practice pinned, a question answered."""
    posts = Post.objects.filter(meeting=meeting).order_by("created_at")
    problem, practice, question = (
        posts.filter(kind=kind).first() for kind in ("problem", "practice", "question")
    )
    organiser = settled.organiser
    if problem is not None:
        board.assign_post(
            actor=organiser,
            post_id=problem.pk,
            responsible_name="县委组织部办公室",
            due=(at + dt.timedelta(days=25)).date(),
            at=at,
        )
    if practice is not None:
        board.pin_post(actor=organiser, post_id=practice.pk, pinned=True)
    if question is not None:
        board.mark_post(actor=organiser, post_id=question.pk, status="answered", at=at)
