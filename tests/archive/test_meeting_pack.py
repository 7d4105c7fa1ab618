"""The meeting pack: one ZIP that office programs open, with readable names, a manifest and nothing missing."""

import csv
import hashlib
import io
import zipfile

from docx import Document
from openpyxl import load_workbook
from PIL import Image
from pptx import Presentation

from archive.minutes.models import Minutes
from archive.minutes.services import draft_minutes
from archive.pack import services
from archive.pack.content import decks_of, problem_table
from archive.pack.models import DigestPage
from board.models import Case, Post
from meetings.models import Meeting
from tests.archive.material import add_deck, add_entry, add_files
from tests.people import client_of, no_more_queries_than
from townships.actors import Actor
from townships.models import Township
from uploads import files
from uploads.models import Page


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (1920, 1080), "#8c2f22").save(out, "WEBP")
    return out.getvalue()


def filled(meeting: Meeting, townships: list[Township]) -> list[Page]:
    """Two decks with pictures, a problem that is followed, a practice, an entry on the third slide."""
    pages: list[Page] = []
    for town in townships[:2]:
        deck = add_deck(meeting, town, [{"title": f"第{n}页"} for n in range(1, 6)])
        add_files(deck)
        for page in deck.current.pages.all():
            page.image = files.store(io.BytesIO(picture()), f"pages/{page.pk}/image.webp").key
            page.save()
            pages.append(page)
    problem = add_entry(meeting, townships[0], "=1+1 登记表太多")
    case = Case.objects.create(
        county=meeting.county,
        township=townships[0],
        kind="problem",
        title="登记表太多",
        responsible_name="张三",
        opened_in=meeting,
    )
    Post.objects.filter(pk=problem.pk).update(case=case)
    talked = add_entry(meeting, townships[1], "这一页的做法", kind="practice")
    Post.objects.filter(pk=talked.pk).update(page=pages[2])
    draft_minutes(meeting_id=meeting.pk)
    return pages


def zip_of(actor: Actor, meeting: Meeting) -> zipfile.ZipFile:
    answer = client_of(actor).get(f"/archive/meetings/{meeting.pk}/pack/pack.zip")
    assert answer.status_code == 200
    return zipfile.ZipFile(io.BytesIO(b"".join(answer)))


def test_everything_in_one_zip(
    organiser: Actor, closed_meeting: Meeting, townships: list[Township]
) -> None:
    filled(closed_meeting, townships)
    pack = zip_of(organiser, closed_meeting)
    assert pack.testzip() is None
    names = {name.partition("/")[2]: name for name in pack.namelist()}
    assert {
        "会议纪要.docx",
        "例会摘要.pptx",
        "问题清单.xlsx",
        "目录.csv",
        "manifest-sha256.txt",
    } <= set(names)
    assert "材料/青石镇 演示文稿 第1页.pptx" in names or any(
        name.startswith("材料/青石镇") for name in names
    )
    Document(io.BytesIO(pack.read(names["会议纪要.docx"])))
    rows = list(csv.reader(io.StringIO(pack.read(names["目录.csv"]).decode("utf-8-sig"))))
    for row in rows[1:]:
        data = pack.read(names[row[0]])
        assert (str(len(data)), hashlib.sha256(data).hexdigest()) == (row[4], row[5])
    assert len(rows) == 1 + 5


def test_the_digest_shows_chosen_slides_charts_and_entries(
    organiser: Actor, closed_meeting: Meeting, townships: list[Township]
) -> None:
    pages = filled(closed_meeting, townships)
    decks = decks_of(closed_meeting)
    assert [page.number for page in decks[0].chosen] == [1, 3], (
        "the first one and the one that was talked about"
    )
    assert [page.number for page in decks[1].chosen] == [1]
    services.choose_pages(
        actor=organiser,
        meeting_id=closed_meeting.pk,
        page_ids=[pages[1].pk, pages[6].pk, pages[7].pk],
    )
    answer = client_of(organiser).get(f"/archive/meetings/{closed_meeting.pk}/pack/digest.pptx")
    deck = Presentation(io.BytesIO(answer.content))
    pictures = [
        len([shape for shape in slide.shapes if shape.shape_type == 13]) for slide in deck.slides
    ]
    assert sum(pictures) == 3
    assert any(shape.has_chart for slide in deck.slides for shape in slide.shapes)
    words = "\n".join(
        shape.text_frame.text
        for slide in deck.slides
        for shape in slide.shapes
        if shape.has_text_frame
    )
    for word in ("例会摘要", "登记表太多", "张三", "这一页的做法", "青石镇", "白沙乡"):
        assert word in words


def test_the_list_of_problems_runs_no_formula(
    organiser: Actor, closed_meeting: Meeting, townships: list[Township]
) -> None:
    filled(closed_meeting, townships)
    answer = client_of(organiser).get(f"/archive/meetings/{closed_meeting.pk}/pack/problems.xlsx")
    sheet = load_workbook(io.BytesIO(answer.content)).active
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert not any(cell.data_type == "f" for cell in cells)
    assert any(cell.value == "=1+1 登记表太多" for cell in cells)
    assert any(cell.value == "张三" for cell in cells)


def test_a_file_that_storage_lost_is_named_and_breaks_nothing(
    organiser: Actor, closed_meeting: Meeting, townships: list[Township]
) -> None:
    filled(closed_meeting, townships)
    material = closed_meeting.materials.get(township=townships[0])
    files.delete([material.current.original])
    pack = zip_of(organiser, closed_meeting)
    listed = next(
        pack.read(name).decode("utf-8-sig") for name in pack.namelist() if name.endswith("目录.csv")
    )
    assert "存储中缺失" in listed
    assert pack.testzip() is None


def test_choosing_takes_only_this_meetings_slides(
    organiser: Actor,
    member: Actor,
    foreign_organiser: Actor,
    closed_meeting: Meeting,
    meeting: Meeting,
    townships: list[Township],
) -> None:
    pages = filled(closed_meeting, townships)
    other = add_deck(meeting, townships[0], [{"title": "别的"}]).current.pages.get()
    client = client_of(organiser)
    address = f"/archive/meetings/{closed_meeting.pk}/pack/"
    assert client.post(address, {"page": [pages[0].pk, other.pk, "nonsense"]}).status_code == 302
    assert list(DigestPage.objects.values_list("page_id", flat=True)) == [pages[0].pk]
    client.post(address, {})
    assert not DigestPage.objects.exists()
    assert client_of(member).get(address).status_code == 403
    assert client_of(foreign_organiser).get(address).status_code == 404
    assert client_of(foreign_organiser).get(f"{address}pack.zip").status_code == 404


def test_constant_queries(
    organiser: Actor, closed_meeting: Meeting, townships: list[Township]
) -> None:
    filled(closed_meeting, townships)
    client = client_of(organiser)
    client.get(f"/archive/meetings/{closed_meeting.pk}/pack/")
    with no_more_queries_than(34):
        client.get(f"/archive/meetings/{closed_meeting.pk}/pack/")
    for n in range(30):
        add_entry(closed_meeting, townships[0], f"问题{n}")
    with no_more_queries_than(34):
        client.get(f"/archive/meetings/{closed_meeting.pk}/pack/")
    assert len(list(problem_table(closed_meeting).rows)) == 31


def test_a_character_no_document_can_hold_breaks_nothing(
    organiser: Actor, closed_meeting: Meeting, townships: list[Township]
) -> None:
    """U+FFFF is no XML: one in an entry, kept from before it was refused, must not end the pack."""
    filled(closed_meeting, townships)
    Minutes.objects.all().delete()
    Post.objects.update(body="坏\uffff字\ufffe")
    Page.objects.update(title="页\uffff")
    Meeting.objects.filter(pk=closed_meeting.pk).update(title="例会\uffff")
    draft_minutes(meeting_id=closed_meeting.pk)
    pack = zip_of(organiser, closed_meeting)
    assert pack.testzip() is None
    (minutes,) = (name for name in pack.namelist() if name.endswith("会议纪要.docx"))
    text = "".join(line.text for line in Document(io.BytesIO(pack.read(minutes))).paragraphs)
    assert "坏 字" in text


def test_the_numbers_behind_a_chart_hold_no_formula(
    organiser: Actor, closed_meeting: Meeting, townships: list[Township]
) -> None:
    """Each chart of the digest carries a workbook; a township's name must stay a name in it."""
    filled(closed_meeting, townships)
    Township.objects.filter(pk=townships[0].pk).update(name="=1+1镇")
    pack = zip_of(organiser, closed_meeting)
    (digest,) = (name for name in pack.namelist() if name.endswith("例会摘要.pptx"))
    with zipfile.ZipFile(io.BytesIO(pack.read(digest))) as inside:
        books = [name for name in inside.namelist() if name.startswith("ppt/embeddings/")]
        assert books
        for name in books:
            cells = [
                cell
                for row in load_workbook(io.BytesIO(inside.read(name))).active.iter_rows()
                for cell in row
            ]
            assert [cell.value for cell in cells if cell.data_type == "f"] == []
            assert "'=1+1镇" in [cell.value for cell in cells]
