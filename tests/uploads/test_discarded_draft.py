"""A discarded draft leaves no file behind, neither stored nor on its way."""

from pathlib import Path

from django.conf import settings

from meetings import services
from meetings.models import Meeting
from uploads import files
from uploads.models import Upload, Version

from .ready import make_ready
from .tus_client import BYTES_TYPE, Tus


def stored() -> list[str]:
    """What is kept: whole files, and bytes on their way (on disk)."""
    parts = [str(path) for path in (Path(settings.WORK_DIR) / "uploads").glob("*")]
    return parts + [key for root in ("originals/", "pages/") for key in files.keys_below(root)]


def test_the_files_go_with_the_draft_and_only_its_own(
    organiser, meeting, county, township, django_capture_on_commit_callbacks
):
    make_ready(organiser, meeting, township)
    kept = sorted(stored())
    draft = Meeting.objects.create(
        county=county,
        title="草稿",
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        status="draft",
    )
    make_ready(organiser, draft, township)
    Tus(organiser).created(draft, 100, township=township, body=b"PK", content_type=BYTES_TYPE)
    assert len(stored()) > len(kept)
    assert Upload.objects.count() == 1
    with django_capture_on_commit_callbacks(execute=True):
        services.discard_draft(actor=organiser, meeting_id=draft.pk)
    assert sorted(stored()) == kept
    assert (Version.objects.count(), Upload.objects.count()) == (1, 0)
