"""One archive package from end to end: a deck the worker converted, its PDF/A by LibreOffice, approved
minutes with their printed documents, and pages that open with nothing but the package."""

import io
import json
import re
import threading
import zipfile
from urllib.parse import unquote

import bagit
import pikepdf
import pytest
from asgiref.sync import async_to_sync
from django.urls import reverse
from docx import Document

from archive import keeping
from archive.minutes import queries, services
from archive.minutes.models import MinutesSection
from board import services as board
from meetings import services as meetings
from tests.people import client_of
from tests.uploads.processing.builders import deck_bytes, need_converter
from uploads import archival, worker
from uploads import services as uploads

LINK = re.compile(r'(?:href|src)="([^"#]+)"')
GO_ON = threading.Event()


def whole(answer):
    """The bytes of a streamed answer, which is asynchronous."""

    async def read():
        return b"".join([piece async for piece in answer.streaming_content])

    return async_to_sync(read)()


def approved(meeting, organiser, text):
    services.draft_minutes(meeting_id=meeting.pk)
    services.save_section(
        actor=organiser, meeting_id=meeting.pk, key="decisions", body=text, base=1
    )
    digest = queries.minutes_for(organiser, meeting.pk).digest
    return services.approve(actor=organiser, meeting_id=meeting.pk, digest=digest)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_package_holds_the_meeting_as_it_was(
    transactional_db, live_meeting, township, organiser, member, archivist, tmp_path
):
    need_converter()
    original = deck_bytes(2, "志愿者登记")
    version = uploads.receive(
        actor=organiser, meeting_id=live_meeting.pk, township_id=township.pk, kind="deck",
        filename="登记.pptx", source=io.BytesIO(original),
    )  # fmt: skip
    assert worker.convert_one(GO_ON)
    board.add_post(
        actor=member, meeting_id=live_meeting.pk, kind="problem", body="登记表太多", client_id="1"
    )
    meetings.close_meeting(actor=organiser, meeting_id=live_meeting.pk)
    assert archival.make_one(GO_ON)
    approved(live_meeting, organiser, "各乡镇下月前合并登记表。")
    assert services.print_next()
    while keeping.sign_next():
        pass
    assert keeping.record_problems(organiser.county_id) == []

    answer = client_of(archivist).get(reverse("archive:package", args=[live_meeting.pk]))
    with zipfile.ZipFile(io.BytesIO(whole(answer))) as packed:
        packed.extractall(tmp_path)
    [root] = tmp_path.iterdir()
    bagit.Bag(str(root)).validate()
    [folder] = (root / "data").iterdir()

    [deck] = folder.glob("材料/*/登记.pptx")
    assert deck.read_bytes() == original
    version.refresh_from_db()
    assert version.pdfa_name.startswith("pdfa/")
    with pikepdf.open(deck.parent / "文档.pdf") as pdf:
        assert len(pdf.pages) == version.pages_total
        about = str(pdf.open_metadata())
        assert "pdfaid:part" in about or pdf.open_metadata().pdfa_status == "2B"
    pictures = sorted(path.name for path in (deck.parent / "页面").iterdir())
    assert pictures == [f"{n:03}.webp" for n in range(1, version.pages_total + 1)]
    assert "志愿者登记" in (deck.parent / "文字.txt").read_text()

    texts = [p.text for p in Document(str(folder / "纪要.docx")).paragraphs]
    assert "各乡镇下月前合并登记表。" in texts
    with pikepdf.open(folder / "纪要.pdf") as printed:
        assert len(printed.pages) >= 1

    page = (folder / "例会.html").read_text()
    assert "登记表太多" in page
    assert "各乡镇下月前合并登记表" in page
    links = {unquote(link) for link in LINK.findall(page)}
    assert links
    assert all((folder / link).is_file() for link in links), "nothing but the package"
    data = json.loads((folder / "metadata" / "meeting.json").read_text())
    assert data["minutes"]["sha256"] == live_meeting.minutes_text.sha256
    assert data["manifest"]["digest"] == live_meeting.manifests.last().digest


@pytest.mark.django_db
def test_changed_words_of_approved_minutes_are_found(closed_meeting, organiser):
    """Their documents are made anew from the text, so it is the text that is watched."""
    approved(closed_meeting, organiser, "同意推广。")
    keeping.make_manifest(closed_meeting.pk)
    assert keeping.record_problems(organiser.county_id) == []
    MinutesSection.objects.filter(body="同意推广。").update(body="不同意推广。")
    [problem] = keeping.record_problems(organiser.county_id)
    assert "approved minutes were changed" in problem
