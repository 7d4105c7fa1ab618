"""Archive packages: BagIt bags (RFC 8493) made while they are sent, nothing of them held in memory.

A bag holds, for each meeting: the originals, PDFs, pictures and texts of its materials; the agenda and
the board as pages that open without a network; its data as JSON; its description as Dublin Core and
after DA/T 22-2015. Checksums are taken while the bytes pass, so the lists stand at its end.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

import zipstream
from botocore.exceptions import ClientError
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from board.models import Post
from board.representations import posts_with_everything
from meetings.attendance_sheet import sheet_of
from meetings.models import Meeting
from townships import audit
from townships.actors import Actor
from uploads import files
from uploads.models import Kind, Material, Page, Version

from .describe import da_t_22, data_of, dublin_core
from .frozen import shown_posts
from .minutes.queries import frozen_minutes
from .retention import tombstones

UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*%]')
LONGEST = 80
Pieces = Iterable[bytes]


def safe_name(text: str, default: str = "-") -> str:
    """A readable file name for every system: no separators, no reserved characters or names."""
    name = unicodedata.normalize("NFC", UNSAFE.sub(" ", text))
    name = "".join(c for c in name if unicodedata.category(c) not in ("Cf", "Cs", "Co", "Cn"))
    name = " ".join(name.split()).strip(". ")
    stem, dot, ending = name.rpartition(".")
    if dot and len(ending) <= 6:
        name = f"{stem[:LONGEST].strip('. ')}.{ending}"
    else:
        name = name[:LONGEST].strip(". ")
    reserved = name.split(".")[0].upper() in {"CON", "PRN", "AUX", "NUL", "COM1", "LPT1"}
    return f"_{name}" if reserved else name or default


@dataclass(slots=True)
class Bag:
    """A package of some closed meetings of one county; `stream()` gives the bytes of its ZIP."""

    meetings: list[Meeting]
    name: str
    sums: dict[str, str] = field(default_factory=dict)
    size: int = 0
    missing: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.name = safe_name(self.name)

    def stream(self) -> Iterator[bytes]:
        """The ZIP, piece by piece. A file that storage no longer has is named in `missing.txt`."""
        made = zipstream.ZipStream()
        for path, pieces in self.payload():
            made.add(self.counted(f"data/{path}", pieces), f"{self.name}/data/{path}")
            yield from made.all_files()
        tags = self.tags()
        sums = {name: hashlib.sha256(text).hexdigest() for name, text in tags.items()}
        tags["tagmanifest-sha256.txt"] = lines_of(sums)
        for name, text in tags.items():
            made.add(text, f"{self.name}/{name}")
            yield from made.all_files()
        yield from made.finalize()

    def counted(self, path: str, pieces: Pieces) -> Iterator[bytes]:
        digest = hashlib.sha256()
        for piece in pieces:
            digest.update(piece)
            self.size += len(piece)
            yield piece
        self.sums[path] = digest.hexdigest()

    def tags(self) -> dict[str, bytes]:
        """The bag's own files, once the payload has passed."""
        county = self.meetings[0].county
        dates = [meeting.starts_at.astimezone(meeting.zone) for meeting in self.meetings]
        about = {
            "Source-Organization": county.name,
            "External-Description": self.name,
            "External-Identifier": f"urn:uuid:{self.meetings[0].pk}",
            "Bagging-Date": timezone.now().astimezone(self.meetings[0].zone).date().isoformat(),
            "Payload-Oxum": f"{self.size}.{len(self.sums)}",
            "Coverage": f"{min(dates):%Y-%m-%d}/{max(dates):%Y-%m-%d}",
            "Bag-Software-Agent": "Lihui",
        }
        info = "".join(f"{name}: {value}\n" for name, value in about.items())
        return {
            "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
            "bag-info.txt": info.encode(),
            "manifest-sha256.txt": lines_of(self.sums),
        }

    def payload(self) -> Iterator[tuple[str, Pieces]]:
        taken: set[str] = set()
        for meeting in self.meetings:
            local = meeting.starts_at.astimezone(meeting.zone)
            folder = unused(f"{local:%Y-%m-%d} {safe_name(meeting.title)}", taken)
            for path, pieces in meeting_payload(meeting, self.missing):
                yield f"{folder}/{path}", pieces
        if self.missing:
            yield "missing.txt", ["".join(f"{line}\n" for line in self.missing).encode()]


def unused(name: str, taken: set[str]) -> str:
    """The name, or the name with a number; compared as systems without case do."""
    path, number = PurePosixPath(name), 2
    while name.casefold() in taken:
        name, number = f"{path.parent / path.stem} ({number}){path.suffix}", number + 1
    taken.add(name.casefold())
    return name


def lines_of(sums: dict[str, str]) -> bytes:
    return "".join(f"{sha256}  {path}\n" for path, sha256 in sums.items()).encode()


@dataclass(slots=True)
class Shown:
    """A material as the offline page shows it: names of its files beside the page."""

    material: Material
    folder: str
    original: str
    pdf: str
    pages: list[tuple[Page, str]]


def meeting_payload(meeting: Meeting, missing: list[str]) -> Iterator[tuple[str, Pieces]]:
    """Every file of one meeting: path below its folder, and its bytes."""
    materials = list(
        meeting.materials.filter(withdrawn_at__isnull=True, current__isnull=False)
        .select_related("township", "current", "meeting")
        .order_by("township__position", "kind")
    )
    taken: set[str] = set()
    shown = [shown_of(material, taken) for material in materials]
    for each in shown:
        version = each.material.current
        assert version is not None
        stored = [(each.original, version.original), (each.pdf, best_pdf(version))]
        stored += [(picture, page.image) for page, picture in each.pages]
        for path, key in stored:
            if path and key:
                yield from stored_file(path, key, missing)
        text = "\n\n".join(f"[{page.number}] {page.text}".rstrip() for page, _ in each.pages)
        yield f"{each.folder}/文字.txt", [f"{text}\n".encode()]
    minutes = frozen_minutes(meeting)
    if minutes is not None:
        for path, key in (("纪要.docx", minutes.minutes.docx), ("纪要.pdf", minutes.minutes.pdf)):
            if key:
                yield from stored_file(path, key, missing)
    yield from pages_of(meeting, shown)


def shown_of(material: Material, taken: set[str]) -> Shown:
    version = material.current
    assert version is not None
    kind = "多媒体演示" if material.kind == Kind.DECK else "文稿"
    folder = unused(f"材料/{safe_name(material.township.name)} {kind}", taken)
    original = f"{folder}/{safe_name(version.filename, '原件')}"
    inside = {original.casefold()}
    has_pdf = best_pdf(version) not in ("", version.original)
    pdf = unused(f"{folder}/文档.pdf", inside) if has_pdf else ""
    pages = [
        (page, f"{folder}/页面/{page.number:03}.webp" if page.image else "")
        for page in version.pages.order_by("number")
    ]
    return Shown(material, folder, original, pdf, pages)


def best_pdf(version: Version) -> str:
    """The storage key of the PDF/A-2b copy; of the plain PDF while there is none."""
    return version.pdfa_name or version.pdf


def stored_file(path: str, key: str, missing: list[str]) -> Iterator[tuple[str, Pieces]]:
    """A stored file as payload. It is opened here, so that a missing one does not break the bag."""
    try:
        with files.open_stored(key) as source:
            yield path, files.pieces(source)
    except (FileNotFoundError, ClientError):
        missing.append(path)


def pages_of(meeting: Meeting, shown: list[Shown]) -> Iterator[tuple[str, Pieces]]:
    """The pages that open without a network, and the data."""
    posts = list(posts_with_everything(shown_posts(meeting)).order_by("-people", "created_at"))
    context = {
        "meeting": meeting,
        "agenda": list(meeting.agenda.select_related("township")),
        "materials": shown,
        "groups": [
            (Post.Kind(kind).label, [post for post in posts if post.kind == kind])
            for kind in Post.Kind.values
        ],
        "corrections": list(meeting.corrections.all()),
        "minutes": frozen_minutes(meeting),
        "sheet": sheet_of(meeting),
        "removed": tombstones([meeting]),
        "zone": meeting.zone,
    }
    yield "例会.html", [render_to_string("archive/bag/meeting.html", context).encode()]
    yield "style.css", [render_to_string("archive/bag/style.css").encode()]
    data = data_of(meeting, [each.material for each in shown], posts)
    yield "metadata/meeting.json", [as_json(data)]
    yield "metadata/dublin-core.xml", [dublin_core(meeting)]
    yield (
        "metadata/da-t-22-2015.json",
        [as_json(da_t_22(meeting, [each.material for each in shown]))],
    )


def as_json(data: object) -> bytes:
    return json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"


def tell_audit(actor: Actor, bag: Bag) -> None:
    """Who took which meetings out, and when."""
    with transaction.atomic():
        audit.write(
            actor=actor,
            action="archive.packaged",
            obj=bag.meetings[0] if len(bag.meetings) == 1 else None,
            county_id=bag.meetings[0].county_id,
            meetings=len(bag.meetings),
            name=bag.name,
        )
