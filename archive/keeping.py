"""Keeping: a signed manifest of every closed meeting, and reading everything again.

The worker makes a meeting's manifest when it is closed and all its files have been processed, and
another one whenever something was added later (a correction, pictures of a late conversion). It also
reads the files again, a few at a time, each once a month; `manage.py verify_archive` reads them all.
"""

import datetime as dt
import hashlib
import hmac
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.crypto import salted_hmac

from meetings import events
from meetings.models import Meeting
from townships import audit
from townships.actors import Actor, system_actor
from townships.models import County
from townships.permissions import Action, require
from uploads import archival, files
from uploads.models import Page, Version

from .covers import is_as_signed
from .minutes.queries import changed_minutes
from .models import Checkup, Manifest, ManifestRow
from .tables import coverage, fingerprint

AGAIN_AFTER = dt.timedelta(days=30)
FILES_AT_ONCE = 20
BYTES_AT_ONCE = 64 * 1024 * 1024
AT_WORK = (Version.State.RECEIVED, Version.State.INSPECTING, Version.State.CONVERTING)


def require_keeper(actor: Actor) -> None:
    """Archivists and organisers may see how the archive is kept."""
    require(actor, Action.SCHEDULE if actor.is_staff else Action.PACKAGE)


# --- Manifests --------------------------------------------------------------------------------------


def waiting() -> QuerySet[Meeting]:
    """Closed meetings with something that no manifest holds yet, and nothing being processed."""
    newest = Manifest.objects.filter(meeting=OuterRef("pk")).order_by("-number").values("seq")[:1]
    busy = Version.objects.filter(state__in=AT_WORK).values("material__meeting")
    return (
        Meeting.objects.filter(status=Meeting.Status.CLOSED)
        .annotate(signed=Subquery(newest))
        .filter(Q(signed__isnull=True) | Q(signed__lt=F("last_seq")) | Q(pk__in=with_new_copies()))
        .exclude(pk__in=busy)
        .order_by("starts_at")
    )


def with_new_copies() -> QuerySet[Any]:
    """The meetings whose PDF/A copies are all made, and not all of them signed."""
    signed = ManifestRow.objects.filter(key=OuterRef("pdfa_name"))
    fresh = (
        Version.objects.exclude(pdfa_name="")
        .exclude(pdfa_name=F("original"))
        .exclude(pdfa_name=F("pdf"))
    )
    coming = archival.wanted().values("material__meeting")
    found = fresh.exclude(Exists(signed)).exclude(material__meeting__in=coming)
    return found.values("material__meeting")


def sign_next() -> bool:
    """Make the manifest of one waiting meeting (a step of the worker); False when none waits."""
    meeting = waiting().first()
    if meeting is None:
        return False
    make_manifest(meeting.pk)
    return True


def stored_files(meeting: Meeting) -> Iterator[ManifestRow]:
    """Every file of a meeting as an unsaved row without its hash."""
    role = ManifestRow.Role
    versions = Version.objects.filter(material__meeting=meeting).order_by("material_id", "number")
    for version in versions.prefetch_related("pages"):
        heard: set[str] = set()
        found: list[tuple[str, str, int | None]] = [(role.ORIGINAL, version.original, None)]
        if version.pdf and version.pdf != version.original:
            found.append((role.PDF, version.pdf, None))
        if version.pdfa_name and version.pdfa_name not in (version.pdf, version.original):
            found.append((role.PDFA, version.pdfa_name, None))
        for page in version.pages.all():
            found += [(role.PICTURE, key, page.number) for key in (page.image, page.thumb)]
            found += [(role.MEDIA, key, page.number) for key in _new_media(page, heard)]
        for name, key, number in found:
            if key:
                yield ManifestRow(role=name, key=key, version_id=version.pk, number=number)


def _new_media(page: Page, heard: set[str]) -> list[str]:
    """The keys of a page's sound and video; what several slides play is one file."""
    keys = [item["key"] for item in page.media if item["key"] not in heard]
    fresh = list(dict.fromkeys(keys))
    heard.update(fresh)
    return fresh


def read_again(key: str) -> tuple[int, str] | None:
    """Size and SHA-256 of a stored file as it is now; None when it is gone."""
    try:
        return files.hash_stored(key)
    except FileNotFoundError:
        return None
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in ("NoSuchKey", "404"):
            return None
        raise


def make_manifest(meeting_id: uuid.UUID) -> Manifest:
    """Hash what is new, write the manifest, sign it. Files already signed keep their first hash."""
    meeting = Meeting.objects.get(pk=meeting_id)
    known = {
        row.key: row for row in ManifestRow.objects.filter(manifest__meeting=meeting).order_by("id")
    }
    promised = dict(
        Version.objects.filter(material__meeting=meeting).values_list("original", "sha256")
    )
    rows = []
    for row in stored_files(meeting):
        before = known.get(row.key)
        if before is not None:
            row.sha256, row.size, row.state = before.sha256, before.size, before.state
        else:
            size, sha256 = read_again(row.key) or (0, "")
            row.size, row.sha256 = size, promised.get(row.key) or sha256
            if sha256 != row.sha256 or not sha256:
                row.state = ManifestRow.State.CHANGED if sha256 else ManifestRow.State.MISSING
        row.checked_at = timezone.now() if before is None else before.checked_at
        rows.append(row)
    return write_manifest(meeting_id, meeting.last_seq, rows)


def write_manifest(meeting_id: uuid.UUID, seq: int, rows: list[ManifestRow]) -> Manifest:
    """Append the manifest to the county's chain. If the meeting moved on meanwhile, the worker makes
    another one."""
    with transaction.atomic():
        meeting = events.lock(meeting_id)
        County.objects.select_for_update().get(pk=meeting.county_id)
        last = Manifest.objects.filter(meeting__county_id=meeting.county_id).last()
        number = meeting.manifests.aggregate(n=Max("number"))["n"] or 0
        manifest = Manifest(
            meeting=meeting,
            number=number + 1,
            seq=seq,
            made_at=max(timezone.now(), last.made_at + dt.timedelta(microseconds=1))
            if last
            else timezone.now(),
            files=len(rows),
            bytes=sum(row.size for row in rows),
            record=fingerprint(meeting),
            covers=coverage(),
            previous=last.digest if last else "",
        )
        manifest.digest = digest_of(manifest, rows)
        manifest.signature = signature_of(manifest)
        manifest.save(force_insert=True)
        for row in rows:
            row.manifest = manifest
        ManifestRow.objects.bulk_create(rows, batch_size=500)
        audit.write(
            actor=system_actor(meeting.county_id),
            action="archive.signed",
            obj=meeting,
            digest=manifest.digest,
        )
    return manifest


def digest_of(manifest: Manifest, rows: list[ManifestRow]) -> str:
    """SHA-256 over everything the manifest says."""
    head = [manifest.meeting_id, manifest.number, manifest.seq, manifest.made_at.isoformat()]
    lines = [" ".join(map(str, [*head, manifest.record, manifest.previous]))]
    lines += sorted(f"{row.sha256} {row.size} {row.role} {row.key}" for row in rows)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def signature_of(manifest: Manifest) -> str:
    """The installation's signature: HMAC-SHA256 with a key derived from SECRET_KEY."""
    return salted_hmac("lihui.archive.manifest", manifest.digest, algorithm="sha256").hexdigest()


# --- Reading again ----------------------------------------------------------------------------------


@dataclass(slots=True)
class Report:
    """What a check found: files read, bytes read, and every problem in words for operators."""

    files: int = 0
    bytes: int = 0
    problems: list[str] = field(default_factory=list)


def newest_rows(county_id: uuid.UUID | None = None) -> QuerySet[ManifestRow]:
    """The rows of each meeting's newest manifest."""
    newest = (
        Manifest.objects.filter(meeting=OuterRef("manifest__meeting"))
        .order_by("-number")
        .values("pk")[:1]
    )
    found = ManifestRow.objects.filter(manifest=Subquery(newest))
    return found.filter(manifest__meeting__county_id=county_id) if county_id else found


def check_row(row: ManifestRow) -> str:
    """Read one file again and note how it is; the state."""
    now = read_again(row.key)
    row.state = ManifestRow.State.OK
    if now is None:
        row.state = ManifestRow.State.MISSING
    elif now != (row.size, row.sha256):
        row.state = ManifestRow.State.CHANGED
    row.checked_at = timezone.now()
    row.save(update_fields=["state", "checked_at"])
    return row.state


def check_some() -> int:
    """Go on with one county's reading of everything, a few files at a time (a step of the worker); how
    many. A month after one has ended the next begins."""
    checkup = Checkup.objects.filter(finished_at__isnull=True).order_by("started_at").first()
    checkup = checkup or next_checkup()
    if checkup is None:
        return 0
    rows = unread_since(checkup.county_id, checkup.started_at)
    done = size = 0
    for row in rows.order_by(F("checked_at").asc(nulls_first=True))[:FILES_AT_ONCE]:
        try:
            check_row(row)
        except (BotoCoreError, ClientError, OSError):
            break  # the storage is away: later
        done, size = done + 1, size + row.size
        if size > BYTES_AT_ONCE:
            break
    Checkup.objects.filter(pk=checkup.pk).update(files=F("files") + done, bytes=F("bytes") + size)
    if not done and not rows.exists():
        finish(checkup)
    return done


def unread_since(county_id: uuid.UUID, moment: dt.datetime) -> QuerySet[ManifestRow]:
    """The files of a county that nobody has read since then."""
    return newest_rows(county_id).filter(Q(checked_at__isnull=True) | Q(checked_at__lt=moment))


def next_checkup() -> Checkup | None:
    """The reading whose time has come: a county that was never read, or not for a month."""
    due = timezone.now() - AGAIN_AFTER
    recent = Checkup.objects.filter(started_at__gte=due).values("county")
    kept = Manifest.objects.values("meeting__county")
    county = County.objects.filter(pk__in=kept).exclude(pk__in=recent).first()
    return Checkup.objects.create(county=county) if county is not None else None


def finish(checkup: Checkup) -> None:
    """The end of a reading: the manifests' chain and the words in the database, and what was found."""
    county_id = checkup.county_id
    checkup.refresh_from_db()
    problems = chain_problems(county_id) + record_problems(county_id) + file_problems(county_id)
    checkup.problems, checkup.finished_at = problems[:200], timezone.now()
    checkup.save(update_fields=["problems", "finished_at"])


def file_problems(county_id: uuid.UUID) -> list[str]:
    """The files that are missing or changed, as they were last read."""
    bad = newest_rows(county_id).exclude(state=ManifestRow.State.OK)
    return [
        f"{row.manifest.meeting}: {row.key}: {row.state}"
        for row in bad.select_related("manifest__meeting")
    ]


def check_all(county_id: uuid.UUID, *, unread_since: dt.datetime | None = None) -> Iterator[Report]:
    """Read everything of a county that was not read since that moment, the longest unread first.

    Yields the report after every file, so that it can be shown and stopped; a later call with the
    same moment goes on where it was stopped.
    """
    report = Report()
    report.problems += chain_problems(county_id) + record_problems(county_id)
    yield report
    rows = newest_rows(county_id).select_related("manifest__meeting")
    if unread_since is not None:
        rows = rows.filter(Q(checked_at__isnull=True) | Q(checked_at__lt=unread_since))
    ids = list(rows.order_by(F("checked_at").asc(nulls_first=True)).values_list("pk", flat=True))
    for start in range(0, len(ids), 200):
        for row in rows.model.objects.select_related("manifest__meeting").filter(
            pk__in=ids[start : start + 200]
        ):
            check_row(row)
            report.files, report.bytes = report.files + 1, report.bytes + row.size
            yield report
    report.problems += file_problems(county_id)
    yield report


def chain_problems(county_id: uuid.UUID) -> list[str]:
    """Manifests that were taken out, exchanged, changed, or signed by another installation."""
    problems, previous = [], ""
    found = Manifest.objects.filter(meeting__county_id=county_id).select_related("meeting")
    for manifest in found.prefetch_related("rows"):
        name = f"{manifest.meeting}, manifest {manifest.number}"
        if manifest.previous != previous:
            problems.append(f"{name}: the chain is broken before it")
        if digest_of(manifest, list(manifest.rows.all())) != manifest.digest:
            problems.append(f"{name}: it was changed")
        elif not hmac.compare_digest(signature_of(manifest), manifest.signature):
            problems.append(f"{name}: it was not signed by this installation")
        previous = manifest.digest
    return problems


def record_problems(county_id: uuid.UUID) -> list[str]:
    """Meetings whose rows are no longer what was signed."""
    newest: dict[uuid.UUID, Manifest] = {}
    found = Manifest.objects.filter(meeting__county_id=county_id).select_related("meeting")
    for manifest in found:
        newest[manifest.meeting_id] = manifest
    changed = [
        f"{manifest.meeting}: the words in the database were changed"
        for manifest in newest.values()
        if manifest.seq == manifest.meeting.last_seq and not is_as_signed(manifest)
    ]
    return changed + changed_minutes(county_id)


def ask_for_check(*, actor: Actor) -> int:
    """Have the worker read all files of the county again, from now on; how many."""
    require_keeper(actor)
    assert actor.county_id is not None
    with transaction.atomic():
        County.objects.select_for_update().get(pk=actor.county_id)
        Checkup.objects.filter(county=actor.county_id, finished_at__isnull=True).delete()
        Checkup.objects.create(county_id=actor.county_id, asked_name=actor.name[:100])
        audit.write(actor=actor, action="archive.check_asked", county_id=actor.county_id)
    return newest_rows(actor.county_id).count()
