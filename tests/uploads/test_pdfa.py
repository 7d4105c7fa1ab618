"""The archive copy: PDF/A-2b of what a material shows, made when nothing else waits, checked before it is believed."""

import io
import shutil
import threading
import time
from pathlib import Path

import pikepdf
import pytest
from django.conf import settings
from django.utils import timezone

from tests.uploads.processing.builders import (
    corpus,
    deck_bytes,
    document_bytes,
    need_cage,
    need_converter,
    pdf_bytes,
)
from townships.models import AuditRow
from uploads import archival, cleaning, files, services, worker
from uploads.models import Version
from uploads.processing import pdfa
from uploads.processing.cage import CageOptions

GO_ON = threading.Event()


def send(actor, meeting, township, data: bytes, name="a.pptx", kind="deck") -> Version:
    return services.receive(
        actor=actor, meeting_id=meeting.pk, township_id=township.pk, kind=kind, filename=name,
        source=io.BytesIO(data),
    )  # fmt: skip


def shown(actor, meeting, township, data: bytes, name="a.pptx", kind="deck") -> Version:
    """A version that is ready and on show, as far as the archive copy cares."""
    version = send(actor, meeting, township, data, name, kind)
    pdf = version.original if name.endswith(".pdf") else "pages/x/document.pdf"
    Version.objects.filter(pk=version.pk).update(state="ready", pdf=pdf, finished_at=timezone.now())
    version.material.current = version
    version.material.save()
    version.refresh_from_db()
    return version


def problems_of(path: Path, tmp_path: Path) -> pdfa.Facts:
    work = tmp_path / "check"
    work.mkdir(exist_ok=True)
    shutil.copy(path, work / "a.pdf")
    return pdfa.check(work / "a.pdf", work, CageOptions())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "kind", "data"),
    [
        ("汇报.pptx", "deck", deck_bytes(3, "志愿者登记")),
        ("文稿.docx", "manuscript", document_bytes("干部考核")),
        ("发言.txt", "manuscript", "志愿者登记的做法\n".encode("gb18030") * 5),
    ],
)
def test_a_copy_is_made_of_what_is_ready(
    transactional_db, member, meeting, township, tmp_path, name, kind, data
):
    """Made by the worker after ready, under a key of its own: PDF/A-2b, every font inside, all pages."""
    need_converter()
    version = send(member, meeting, township, data, name, kind)
    assert not archival.make_one(GO_ON), "what waits to be converted comes first"
    assert worker.convert_one(GO_ON)
    version.refresh_from_db()
    assert (version.state, version.pdfa_name) == ("ready", "")
    assert archival.make_one(GO_ON)
    version.refresh_from_db()
    assert version.pdfa_name.startswith("pdfa/")
    assert (version.pdfa_note, version.pdfa_until) == ("", None)
    copy = tmp_path / "copy.pdf"
    files.fetch(version.pdfa_name, copy)
    assert problems_of(copy, tmp_path) == pdfa.Facts("2", "B", ())
    with pikepdf.open(copy) as document:
        assert len(document.pages) == version.pages_total
    assert (
        AuditRow.objects.filter(action="version.archived", object_id=str(version.pk)).count() == 1
    )
    assert not archival.make_one(GO_ON), "once is enough"


def test_a_pdf_is_kept_as_it_came(member, meeting, township):
    """Redrawing it would change its looks: the note says so, and nothing is stored."""
    need_cage()
    version = shown(member, meeting, township, pdf_bytes(2), "a.pdf")
    assert archival.make_one(GO_ON)
    version.refresh_from_db()
    assert (version.pdfa_name, version.pdfa_note) == ("", "pdf_original")
    assert not archival.make_one(GO_ON)


def archive_pdf(path: Path) -> Path:
    """A small PDF/A-2b made by hand: metadata with the claim, an output intent, a file id."""
    document = pikepdf.new()
    document.add_blank_page(page_size=(960, 540))
    profile = document.make_stream(b"not drawn by anybody", N=3)
    document.Root.OutputIntents = pikepdf.Array(
        [
            pikepdf.Dictionary(
                Type=pikepdf.Name.OutputIntent, S=pikepdf.Name.GTS_PDFA1,
                OutputConditionIdentifier=pikepdf.String("sRGB"), DestOutputProfile=profile,
            )
        ]
    )  # fmt: skip
    with document.open_metadata() as found:
        found["pdfaid:part"] = "2"
        found["pdfaid:conformance"] = "B"
    document.save(path)
    return path


def test_a_pdf_that_is_pdfa_already_is_its_own_copy(member, meeting, township, tmp_path):
    need_cage()
    data = archive_pdf(tmp_path / "a.pdf").read_bytes()
    version = shown(member, meeting, township, data, "a.pdf")
    assert archival.make_one(GO_ON)
    version.refresh_from_db()
    assert version.pdfa_name == version.original


def spoil_font(document: pikepdf.Pdf) -> None:
    document.pages[0].Resources = pikepdf.Dictionary(
        Font=pikepdf.Dictionary(
            F1=document.make_indirect(
                pikepdf.Dictionary(
                    Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1,
                    BaseFont=pikepdf.Name.Helvetica,
                )
            )
        )
    )  # fmt: skip


def spoil_script(document: pikepdf.Pdf) -> None:
    document.Root.OpenAction = document.make_indirect(
        pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))
    )


def spoil_intent(document: pikepdf.Pdf) -> None:
    del document.Root.OutputIntents


def spoil_files(document: pikepdf.Pdf) -> None:
    document.attachments["a.exe"] = b"MZ"


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (spoil_font, "font_not_embedded"),
        (spoil_script, "actions"),
        (spoil_intent, "no_output_intent"),
        (spoil_files, "embedded_files"),
    ],
)
def test_a_claim_alone_is_not_believed(tmp_path, spoil, problem):
    need_cage()
    path = archive_pdf(tmp_path / "a.pdf")
    with pikepdf.open(path, allow_overwriting_input=True) as document:
        spoil(document)
        document.save(path)
    facts = problems_of(path, tmp_path)
    assert (facts.part, facts.conformance) == ("2", "B")
    assert problem in facts.problems
    assert not facts.conforms


def test_what_is_no_pdf_is_not_archived(tmp_path):
    need_cage()
    (tmp_path / "x.pdf").write_bytes(b"%PDF-1.7\nnothing")
    assert problems_of(tmp_path / "x.pdf", tmp_path).problems == ("unreadable",)


@pytest.mark.slow
def test_a_copy_on_its_way_gives_way_to_a_deck(
    transactional_db, member, other_member, meeting, township, other_township
):
    """Within seconds, without costing an attempt, and nothing is left of it."""
    need_converter()
    heavy = corpus("decks", "2411-Performance_Up.pptx").read_bytes()
    version = shown(member, meeting, township, heavy)
    started = time.monotonic()
    sender = threading.Timer(
        2, send_in_thread, [other_member, meeting, other_township, deck_bytes(1)]
    )
    sender.start()
    assert archival.make_one(GO_ON)
    assert time.monotonic() - started < 12
    sender.join()
    version.refresh_from_db()
    assert (version.pdfa_name, version.pdfa_until, version.pdfa_attempts) == ("", None, 0)
    assert not any((Path(settings.WORK_DIR) / "jobs").iterdir())
    assert not archival.make_one(GO_ON), "the deck comes first"


def send_in_thread(*arguments) -> None:
    from django.db import connection

    try:
        send(*arguments)
    finally:
        connection.close()


def test_no_copy_is_made_while_a_meeting_is_live(member, meeting, live_meeting, township):
    """Nor for a meeting of another county; one that nobody closed holds them up for half a day."""
    version = shown(member, meeting, township, deck_bytes(1))
    type(live_meeting).objects.filter(pk=live_meeting.pk).update(opened_at=timezone.now())
    assert not archival.make_one(GO_ON)
    version.refresh_from_db()
    assert version.pdfa_attempts == 0


def test_only_what_is_on_show_gets_a_copy(member, meeting, township):
    old = shown(member, meeting, township, deck_bytes(1))
    new = shown(member, meeting, township, deck_bytes(2))
    assert [found.pk for found in archival.wanted()] == [new.pk]
    Version.objects.filter(pk=new.pk).update(notice_code="converter_missing")
    assert not archival.wanted().exists()
    assert old.pdfa_name == ""


def test_two_workers_never_make_the_same_copy(member, meeting, township):
    version = shown(member, meeting, township, deck_bytes(1))
    assert archival._claim_next() == version
    assert archival._claim_next() is None
    Version.objects.update(pdfa_until="2020-01-01T00:00Z")
    assert archival._claim_next() == version
    assert archival._save(version, "pdfa/one/document.pdf")
    assert not archival._save(version, "pdfa/two/document.pdf")
    version.refresh_from_db()
    assert version.pdfa_name == "pdfa/one/document.pdf"


def test_what_fails_is_not_tried_for_ever(member, meeting, township, monkeypatch):
    """Three attempts for what is the machine's fault; the note at once for what is the file's."""
    version = shown(member, meeting, township, deck_bytes(1))
    files.delete([version.original])
    for attempt in (1, 2, 3):
        assert archival.make_one(GO_ON)
        version.refresh_from_db()
        assert version.pdfa_attempts == attempt
        Version.objects.update(pdfa_until="2020-01-01T00:00Z")
    assert not archival.make_one(GO_ON)


def test_every_note_is_a_sentence_in_three_languages():
    from django.utils import translation

    for note in archival.NOTES.values():
        texts = set()
        for language in ("zh-hans", "zh-hant", "en"):
            with translation.override(language):
                texts.add(str(note))
        assert len(texts) == 3


def test_the_copy_goes_with_its_meeting(
    member, meeting, township, django_capture_on_commit_callbacks
):
    version = shown(member, meeting, township, deck_bytes(1))
    files.store(io.BytesIO(b"%PDF"), "pdfa/a-b-c/document.pdf")
    Version.objects.filter(pk=version.pk).update(pdfa_name="pdfa/a-b-c/document.pdf")
    with django_capture_on_commit_callbacks(execute=True):
        cleaning.forget_files(meeting)
    assert files.keys_below("pdfa/a-b-c/") == []
