"""The meeting pack: everything of a meeting in one ZIP with names that people can read, made while it is sent.

The digest and the tables are made in memory (a few MB); files of townships pass in pieces. Checksums are taken on the way, so
the manifest stands at the end.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import zipstream
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from meetings.models import Meeting
from meetings.notice.words import language_of
from townships import sheets
from uploads.models import Material

from ..bags import lines_of, safe_name, stored_file, unused
from ..minutes import document
from ..minutes.queries import Shown
from .content import decks_of, problem_table
from .digest import digest_of


@dataclass(slots=True)
class Pack:
    """The pack of one meeting; `stream()` gives the bytes of its ZIP."""

    meeting: Meeting
    minutes: Shown
    rows: list[list[object]] = field(default_factory=list)
    sums: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        held = self.meeting.starts_at.astimezone(self.meeting.zone)
        return safe_name(f"{held:%Y-%m-%d} {self.meeting.title}")

    def stream(self) -> Iterator[bytes]:
        """The ZIP, piece by piece. A file that storage no longer has is named in the manifest."""
        made = zipstream.ZipStream()
        with override(language_of(self.meeting)):
            for path, pieces, about in self.content():
                made.add(self._counted(path, pieces, about), f"{self.name}/{path}")
                yield from made.all_files()
            for path, data in self._manifest():
                made.add(data, f"{self.name}/{path}")
                yield from made.all_files()
        yield from made.finalize()

    def content(self) -> Iterator[tuple[str, Iterable[bytes], list[object]]]:
        """Path, bytes and what the manifest says of each file."""
        minutes = pgettext("document", "Minutes")
        yield (
            f"{minutes}.docx",
            [document.docx_of(self.minutes.minutes, self.minutes.sections)],
            [minutes, "", ""],
        )
        if self.minutes.minutes.pdf:
            for path, pieces in stored_file(
                f"{minutes}.pdf", self.minutes.minutes.pdf, self.missing
            ):
                yield path, pieces, [minutes, "", ""]
        digest, problems = _("Digest"), _("List of problems")
        yield f"{digest}.pptx", [digest_of(self.meeting, decks_of(self.meeting))], [digest, "", ""]
        yield (
            f"{problems}.xlsx",
            [sheets.xlsx_bytes([problem_table(self.meeting)])],
            [problems, "", ""],
        )
        taken: set[str] = set()
        for material in materials_of(self.meeting):
            version = material.current
            assert version is not None
            ending = version.original.rpartition("/")[2].partition(".")[2] or "bin"
            place = f"{_('Materials')}/{safe_name(f'{material.township.name} {material.get_kind_display()} {material.title}'.strip())}.{ending}"
            for path, pieces in stored_file(unused(place, taken), version.original, self.missing):
                yield (
                    path,
                    pieces,
                    [material.get_kind_display(), material.township.name, version.number],
                )

    def _counted(self, path: str, pieces: Iterable[bytes], about: list[object]) -> Iterator[bytes]:
        digest, size = hashlib.sha256(), 0
        for piece in pieces:
            digest.update(piece)
            size += len(piece)
            yield piece
        self.sums[path] = digest.hexdigest()
        self.rows.append([path, *about, size, digest.hexdigest()])

    def _manifest(self) -> Iterator[tuple[str, bytes]]:
        header = [_("File"), _("What it is"), _("Township"), _("Version"), _("Bytes"), "SHA-256"]
        lost = [[path, _("missing in storage"), "", "", 0, ""] for path in self.missing]
        contents = _("Contents")
        yield f"{contents}.csv", sheets.csv_bytes(header, [*self.rows, *lost])
        yield "manifest-sha256.txt", lines_of(self.sums)


def materials_of(meeting: Meeting) -> list[Material]:
    """What was on show, by township."""
    found = Material.objects.filter(meeting=meeting, withdrawn_at=None, current__isnull=False)
    return list(
        found.select_related("township", "current").order_by(
            "township__position", "township__name", "kind"
        )
    )
