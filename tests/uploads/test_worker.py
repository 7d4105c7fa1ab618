"""The worker's way of a version: states, events, early pictures, the swap, reasons."""

import os
import shutil
import threading
from pathlib import Path

import pytest
from django.conf import settings
from PIL import Image

from meetings.models import Event
from tests.uploads.processing.builders import deck_bytes, need_converter
from uploads import files, services, tasks, worker
from uploads.models import Page, Version

CORPUS = Path(settings.BASE_DIR) / ".." / "shared" / "corpus"
DECK = CORPUS / "decks" / "layouts.pptx"
needs_corpus = pytest.mark.skipif(
    not DECK.exists() and os.environ.get("CI") != "true", reason="the corpus is not here"
)
pytestmark = needs_corpus


def send(actor, meeting, township, path=DECK, kind="deck"):
    return services.receive(
        actor=actor,
        meeting_id=meeting.pk,
        township_id=township.pk,
        kind=kind,
        filename=path.name,
        source=path,
    )


@pytest.fixture
def small(tmp_path):
    """A deck of three slides, for what has nothing to do with its content."""
    need_converter()
    (tmp_path / "小.pptx").write_bytes(deck_bytes(3))
    return tmp_path / "小.pptx"


def convert(version) -> Version:
    assert worker.convert_one(threading.Event())
    version.refresh_from_db()
    return version


@pytest.mark.slow
def test_a_deck_becomes_pages_in_order_with_an_event_for_each_state(
    transactional_db, member, meeting, township
):
    """Ready: ten pages with both pictures and a PDF; the material shows it; nothing is left over."""
    version = convert(send(member, meeting, township))
    assert (version.state, version.pages_total, version.claimed_by) == ("ready", 10, "")
    pages = list(version.pages.order_by("number"))
    assert [page.number for page in pages] == list(range(1, 11))
    assert all(page.image and page.thumb and page.width == 1920 for page in pages)
    with files.open_stored(pages[0].thumb) as thumb:
        assert Image.open(thumb).width == 480
    assert pages[0].title == "Centered Title"
    assert version.material.title == "Centered Title"
    assert version.material.current == version
    kinds = list(Event.objects.order_by("seq").values_list("kind", "data__state"))
    assert kinds[0][0] == "material.received"
    assert kinds[-1] == ("material.ready", "ready")
    states = [state for kind, state in kinds if kind == "material.progress"]
    assert states[0] == "inspecting"
    assert set(states[1:]) == {"converting"}
    stored = set(files.keys_below(f"pages/{version.pk}/"))
    assert stored == {key for page in pages for key in (page.image, page.thumb)} | {version.pdf}
    jobs = Path(settings.WORK_DIR) / "jobs"
    assert not list(jobs.iterdir())


@pytest.mark.slow
def test_pages_that_are_there_keep_their_ids(transactional_db, member, meeting, township, small):
    """Board entries point at pages: making the pictures (again) does not replace the rows."""
    version = send(member, meeting, township, small)
    page = Page.objects.create(version=version, number=3, title="旧标题")
    extra = Page.objects.create(version=version, number=99)
    convert(version)
    page.refresh_from_db()
    assert page.image
    assert page.title == "志愿者登记 3"
    assert not Page.objects.filter(pk=extra.pk).exists()


@pytest.mark.slow
def test_an_older_version_that_ends_late_does_not_take_the_newers_place(
    transactional_db, member, meeting, township, small
):
    old = send(member, meeting, township, small)
    new = send(member, meeting, township, small)
    Version.objects.filter(pk=old.pk).update(priority=5)
    convert(new)
    convert(old)
    old.material.refresh_from_db()
    assert old.state == "ready"
    assert old.material.current == new


@pytest.mark.slow
def test_the_old_version_stays_on_show_until_the_new_one_is_ready(
    transactional_db, member, meeting, township, small
):
    first = convert(send(member, meeting, township, small))
    second = send(member, meeting, township, small)
    seen: list[tuple[bool, int]] = []
    original = tasks.keep_page

    def watch(job, progress):
        original(job, progress)
        second.refresh_from_db()
        second.material.refresh_from_db()
        made = second.pages.exclude(image="").count()
        seen.append((second.material.current == first, made))

    tasks.keep_page = watch
    try:
        convert(second)
    finally:
        tasks.keep_page = original
    assert seen[0] == (True, 1)
    assert all(shown for shown, _made in seen)
    second.material.refresh_from_db()
    assert second.material.current == second


@pytest.mark.slow
@pytest.mark.parametrize(
    "path", sorted((CORPUS / "hostile").glob("*"))[:4], ids=lambda path: path.name
)
def test_a_hostile_file_is_refused_with_its_reason(
    transactional_db, member, meeting, township, path, tmp_path
):
    """No conversion, no pages, an event and an audit row; the reason is a sentence."""
    from townships.models import AuditRow
    from uploads.processing.errors import REFUSALS

    kind = "deck" if path.suffix.startswith(".p") else "manuscript"
    copy = tmp_path / f"a{'.pptx' if kind == 'deck' else '.docx'}"
    shutil.copy(path, copy)
    version = convert(send(member, meeting, township, copy, kind))
    assert version.state == "refused"
    assert version.reason_code in REFUSALS
    assert not version.pages.exists()
    assert AuditRow.objects.get(action="material.refused").detail["code"] == version.reason_code
    with pytest.raises(services.NothingToRetry):
        services.retry_version(actor=member, version_id=version.pk)


def test_without_libreoffice_the_words_are_shown_and_the_notice_says_what_to_install(
    transactional_db, member, meeting, township, monkeypatch, tmp_path
):
    """PATH without soffice: ready, ten pages of text, no pictures, and it can be tried again."""
    (tmp_path / "bin").mkdir()
    for tool in ("bwrap", "prlimit", "timeout", "nice", "true"):
        found = shutil.which(tool)
        assert found
        (tmp_path / "bin" / tool).symlink_to(found)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    version = convert(send(member, meeting, township))
    assert (version.state, version.notice_code) == ("ready", "converter_missing")
    assert version.pages.count() == 10
    assert not version.pages.exclude(image="").exists()
    assert version.material.current == version
    services.retry_version(actor=member, version_id=version.pk)
    version.refresh_from_db()
    assert version.state == "received"


def test_steps_run_in_their_turn_and_one_that_fails_stops_no_other(db):
    ran: list[str] = []

    def good():
        ran.append("good")

    def bad():
        raise RuntimeError("broken step")

    before = list(worker.STEPS)
    try:
        worker.STEPS[:] = []
        worker.register(bad, 60)
        worker.register(good, 60)
        worker.register(good, 60)
        worker.run_due_steps()
        worker.run_due_steps()
    finally:
        worker.STEPS[:] = before
    assert ran == ["good"]
