"""The demo's content, without a database: places, people, topics, decks, manuscripts, boards."""

import re
from collections import Counter
from io import BytesIO
from itertools import pairwise
from zipfile import ZipFile

import pytest
from docx import Document
from pptx import Presentation

from hub.demo import signins
from hub.demo.conversation import entries, talks
from hub.demo.decks import build_deck
from hub.demo.manuscripts import build_manuscript
from hub.demo.parcels import parcels
from hub.demo.places import DAICHUAN, LANDS, LANXIU, PASSWORD
from hub.demo.topics import Talk, calendar, compose, topics

FIRST = (2024, 11)
EVERY_TALK = [
    compose(LANXIU, LANXIU.places[number % 14], topic, phase, 2025, 5)
    for number, topic in enumerate(topics())
    for phase in range(3)
]


def words_of(talk: Talk) -> str:
    slides = [slide.text + slide.notes for slide in talk.slides]
    said = [*talk.problems, *talk.practices, *talk.questions, *talk.replies]
    return "\n".join([*slides, *(text for _, text in talk.paragraphs), *said])


def test_the_counties_have_fourteen_and_four_townships() -> None:
    assert [len(land.places) for land in LANDS] == [14, 4]


def test_every_name_is_used_once() -> None:
    """Counties, townships, villages, people and user names: no two are the same."""
    places = [place for land in LANDS for place in land.places]
    people = [p for place in places for p in place.members] + [
        p for land in LANDS for p in land.staff
    ]
    villages = [village for place in places for village in place.villages]
    for names in (
        [land.name for land in LANDS] + [place.name for place in places],
        villages,
        [person.name for person in people],
        [person.user_name for person in people],
    ):
        assert [name for name, times in Counter(names).items() if times > 1] == []
    assert len(villages) == 18 * 8


def test_every_role_of_the_hub_can_sign_in() -> None:
    listed = {name for _, name, _ in signins()}
    people = [p for land in LANDS for p in land.staff] + [LANXIU.places[0].members[0]]
    roles = {person.role for person in people if person.user_name in listed}
    assert roles == {"organiser", "member", "observer", "archivist"}
    assert {password for _, _, password in signins()} == {PASSWORD}


def test_there_are_at_least_forty_topics_each_with_everything_a_talk_needs() -> None:
    assert len(topics()) >= 40
    assert len({topic.key for topic in topics()}) == len(topics())
    assert len({topic.title for topic in topics()}) == len(topics())
    for topic in topics():
        assert len(topic.measures) == 3, topic.key
        assert len(topic.problems) == len(topic.practices) == 3, topic.key
        assert len(topic.questions) == len(topic.replies) == 2, topic.key
        assert len(topic.numbers) == 4, topic.key


@pytest.mark.parametrize("talk", EVERY_TALK, ids=lambda talk: f"{talk.topic.key}-{talk.phase}")
def test_a_talk_has_no_blank_left_and_six_to_thirteen_slides(talk: Talk) -> None:
    assert re.findall(r"[{}]", words_of(talk)) == []
    assert 6 <= len(talk.slides) <= 13
    assert talk.slides[0].kind == "cover"
    assert all(slide.notes for slide in talk.slides)


def test_two_years_are_all_different_and_a_topic_goes_on_in_order() -> None:
    """No two decks are alike; phase 1 only follows phase 0 of the same topic."""
    rows = [talks(LANXIU, 26, FIRST, index) for index in range(26)]
    assert len({words_of(talk) for row in rows for talk in row}) == 26 * 14
    for before, after in pairwise(rows):
        for old, new in zip(before, after, strict=True):
            if new.phase:
                assert (old.topic, old.phase) == (new.topic, new.phase - 1)


def test_no_two_townships_start_the_same_topic_in_one_month() -> None:
    for row in calendar(LANXIU, 26):
        started = [topic.key for topic, phase in row if phase == 0]
        assert len(started) == len(set(started))


def test_a_deck_opens_and_says_what_its_outline_says() -> None:
    """Titles, notes, hidden slides; one native table, one native chart, a picture on the cover."""
    for talk in (EVERY_TALK[0], EVERY_TALK[31], EVERY_TALK[62], EVERY_TALK[93]):
        deck = Presentation(BytesIO(build_deck(talk)))
        slides = list(deck.slides)
        assert [slide.shapes.title.text_frame.text for slide in slides] == [
            s.title for s in talk.slides
        ]
        assert [slide.notes_slide.notes_text_frame.text for slide in slides] == [
            s.notes for s in talk.slides
        ]
        assert [slide._element.get("show") == "0" for slide in slides] == [
            s.hidden for s in talk.slides
        ]
        shapes = [shape for slide in slides for shape in slide.shapes]
        assert sum(shape.has_table for shape in shapes) == 1
        assert sum(shape.has_chart for shape in shapes) == 1
        assert round(deck.slide_width / deck.slide_height, 2) == 1.78


def test_some_decks_have_a_hidden_slide() -> None:
    rows = [talks(LANXIU, 26, FIRST, index) for index in range(26)]
    hidden = sum(any(slide.hidden for slide in talk.slides) for row in rows for talk in row)
    assert 20 <= hidden <= 100


def test_chinese_text_names_its_font_for_latin_and_east_asian_letters() -> None:
    with ZipFile(BytesIO(build_deck(EVERY_TALK[0]))) as deck:
        slide = deck.read("ppt/slides/slide1.xml").decode()
    latin, east = (re.findall(rf'<a:{tag} typeface="([^"]+)"', slide) for tag in ("latin", "ea"))
    assert latin == east
    assert latin != []


def test_the_same_talk_gives_the_same_bytes() -> None:
    talk = EVERY_TALK[7]
    assert build_deck(talk) == build_deck(talk)
    assert build_manuscript(talk) == build_manuscript(talk)


def test_files_built_by_other_processes_are_the_same_and_in_order() -> None:
    row = [talk for index in range(3) for talk in talks(LANXIU, 26, FIRST, index)]
    jobs = [("manuscript", talk) for talk in row]
    with parcels(jobs) as files:
        made = list(files)
    assert made == [build_manuscript(talk) for talk in row]


def test_a_manuscript_is_laid_out_as_offices_do() -> None:
    """A4, the paragraphs in order, 一、 headings as real headings, a page number at the foot."""
    talk = EVERY_TALK[4]
    document = Document(BytesIO(build_manuscript(talk)))
    texts = [paragraph.text for paragraph in document.paragraphs]
    assert texts == [text for _, text in talk.paragraphs]
    headings = [
        p.text for p in document.paragraphs if p.style is not None and p.style.name == "Heading 1"
    ]
    assert headings[0] == "一、基本情况"
    assert "PAGE" in document.sections[0].footer._element.xml
    assert round(document.sections[0].page_width.cm, 1) == 21.0


def test_problems_of_one_month_are_answered_by_practices_of_later_ones() -> None:
    said = [entry for index in range(24) for entry in entries(LANXIU, 26, FIRST, index)]
    answers = [entry.body for entry in said if entry.body.startswith("针对")]
    assert len(answers) >= 40
    problems = {entry.body.rstrip("。") for entry in said if entry.kind == "problem"}
    quoted = [re.findall("“(.*)”", body)[0] for body in answers]
    assert sum(any(part in problem for problem in problems) for part in quoted) >= 15


def test_a_board_never_speaks_to_itself() -> None:
    """Nobody supports, adopts or asks about what is their own; anchors are slides that exist."""
    for land in (LANXIU, DAICHUAN):
        for index in range(8):
            row = talks(land, 26, FIRST, index)
            for entry in entries(land, 26, FIRST, index):
                assert entry.who not in entry.supports
                assert entry.who not in [tried.who for tried in entry.tried]
                assert entry.kind != "question" or entry.who != entry.about
                assert entry.about is not None
                assert entry.slide is not None
                assert 1 <= entry.slide <= len(row[entry.about].slides)


def test_nobody_says_what_somebody_said_before_them() -> None:
    """Two replies to one entry never have the same words with other names in them."""
    phrases = ("尤其明显", "去年遇到过", "每周汇总一次", "准备先在", "带人去看看", "抄回去研究")
    met = set()
    for index in range(8):
        for entry in entries(LANXIU, 26, FIRST, index):
            said = [
                next((one for one in phrases if one in reply.body), "") for reply in entry.replies
            ]
            said = [phrase for phrase in said if phrase]
            assert len(set(said)) == len(said)
            met.update(said)
    assert met == set(phrases)
