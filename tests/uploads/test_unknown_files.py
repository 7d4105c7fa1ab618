"""Files that no row names go after two weeks; nothing that anything names ever does."""

import datetime as dt
import io

import pytest
from django.utils import timezone

from tests.uploads.ready import make_ready
from uploads import cleaning, files
from uploads.models import Upload, Version

LONG_AGO = dt.timedelta(days=cleaning.UNKNOWN_DAYS + 1)


@pytest.fixture
def later(monkeypatch):
    """Everything that is stored now was stored more than two weeks ago."""
    now = timezone.now()
    monkeypatch.setattr(cleaning.timezone, "now", lambda: now + LONG_AGO)


def put(key: str) -> str:
    files.store(io.BytesIO(b"x"), key)
    return key


def there(key: str) -> bool:
    return key in files.keys_below(key.rpartition("/")[0] + "/")


def test_what_a_crash_left_goes(db, later):
    for prefix in ("originals/", "pages/", "pdfa/", "base-decks/"):  # what earlier tests left
        files.delete([key for key, _written in files.dated_keys_below(prefix)])
    left = [
        put("originals/0b7b1e0e-0000-4000-8000-000000000001/original.pptx"),
        put("pages/0b7b1e0e-0000-4000-8000-000000000002/attempt/1.webp"),
        put("pdfa/0b7b1e0e-0000-4000-8000-000000000003/document.pdf"),
        put("base-decks/0b7b1e0e-0000-4000-8000-000000000008/base.pptx"),
    ]
    assert cleaning.clear_unknown_files() == 4
    assert not any(there(key) for key in left)


def test_what_a_dead_attempt_left_of_a_version_goes(organiser, meeting, township, later):
    """As long as the version is on its way nobody can tell; then only what its rows name stays."""
    version = make_ready(organiser, meeting, township)
    pages = set(files.keys_below(f"pages/{version.pk}/"))
    dead = put(f"pages/{version.pk}/deadattempt/1.webp")
    Version.objects.filter(pk=version.pk).update(state="converting")
    cleaning.clear_unknown_files()
    assert there(dead)
    Version.objects.filter(pk=version.pk).update(state="ready")
    cleaning.clear_unknown_files()
    assert set(files.keys_below(f"pages/{version.pk}/")) == pages


def test_young_files_stay(db):
    key = put("originals/0b7b1e0e-0000-4000-8000-000000000004/original.pptx")
    cleaning.clear_unknown_files()
    assert there(key)
    files.delete([key])


def test_whatever_a_row_names_stays(member, meeting, township, organiser, later):
    """A version's files, an upload on its way, and keys in the tables of other packages."""
    version = make_ready(organiser, meeting, township)
    copy = put("pdfa/0b7b1e0e-0000-4000-8000-000000000005/document.pdf")
    Version.objects.filter(pk=version.pk).update(pdfa_name=copy)
    coming = put("originals/0b7b1e0e-0000-4000-8000-000000000006/original.pptx")
    Upload.objects.create(
        county=meeting.county, meeting=meeting, township=township, kind="deck", filename="a.pptx",
        length=5, parts={"key": coming}, uploaded_by_id=member.membership_id,
        expires_at=timezone.now() + dt.timedelta(days=1),
    )  # fmt: skip
    elsewhere = put("originals/0b7b1e0e-0000-4000-8000-000000000007/original.pptx")
    meeting.venue = elsewhere
    meeting.save()
    strange = put("pages/not-a-version/1.webp")
    pages = files.keys_below(f"pages/{version.pk}/")
    cleaning.clear_unknown_files()
    assert files.keys_below(f"pages/{version.pk}/") == pages
    assert all(there(key) for key in (version.original, copy, coming, elsewhere, strange))
    files.delete([strange])
