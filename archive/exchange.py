"""Everything out and in again: the complete export of counties, and backups.

docs/archive-format.md describes the file: a ZIP with one file of JSON lines per table, every stored
file under its own key, and the SHA-256 of all of them. The same counties always give the same bytes.
Reading it back checks everything first and then writes all or nothing.
"""

import hashlib
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from botocore.exceptions import ClientError
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import Field
from django.utils.translation import gettext_lazy as _

from townships.models import County, User
from townships.problems import Conflict, Invalid
from uploads import files
from uploads.models import BaseDeck, Page, Version

from .tables import TABLES, Table, as_line, built, of_counties, rows

FORMAT = "lihui-export/1"
HEAD, SUMS = "lihui-export.json", "manifest-sha256.txt"
KEY = re.compile(r"(?:originals|pages|pdfs|pdfa|base-decks)/[A-Za-z0-9][A-Za-z0-9._/-]{0,190}")
WHEN = (1980, 1, 1, 0, 0, 0)
PIECE = 1024 * 1024
ROWS_AT_ONCE = 500
Say = Callable[[str], None]


class BadExport(Invalid):
    code = "bad_export"
    title = _("This is not a whole export")
    sentence = _("The file cannot be read in: %(reason)s. Nothing was changed.")


class AlreadyHere(Conflict):
    code = "already_here"
    title = _("It is here already")
    sentence = _("%(what)s is in this installation already. Nothing was changed.")


@dataclass(slots=True)
class Written:
    """What went out or came in."""

    counties: list[str] = field(default_factory=list)
    rows: int = 0
    files: int = 0
    bytes: int = 0
    missing: list[str] = field(default_factory=list)


# --- Out --------------------------------------------------------------------------------------------


def keys_of(counties: Iterable[Any]) -> Iterator[str]:
    """Every stored file of the counties, each once, in order."""
    chosen = list(counties)
    versions = Version.objects.filter(material__meeting__county__in=chosen)
    pages = Page.objects.filter(version__material__meeting__county__in=chosen)
    keys = {key for row in versions.values_list("original", "pdf", "pdfa_name") for key in row}
    keys |= {key for pair in pages.values_list("image", "thumb") for key in pair}
    keys |= {item["key"] for media in pages.values_list("media", flat=True) for item in media}
    decks = BaseDeck.objects.filter(county__in=chosen)
    keys |= {key for pair in decks.values_list("original", "inspected") for key in pair}
    yield from sorted(keys - {""})


def write_export(
    counties: list[County],
    target: IO[bytes],
    *,
    secrets: bool = False,
    say: Say = lambda line: None,
) -> Written:
    """Write the counties into a file. `secrets`: with password hashes, tokens and invitations (a
    backup); without them people have to be invited anew where it is read in.

    All tables are read in one transaction, so that they fit together.
    """
    done = Written([county.name for county in counties])
    ids = [county.pk for county in counties]
    sums: dict[str, str] = {}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as out:
        head = {
            "format": FORMAT,
            "secrets": secrets,
            "counties": [{"id": str(county.pk), "name": county.name} for county in counties],
            "tables": [table.name for table in TABLES if secrets or not table.secret],
        }
        put(out, HEAD, [as_line(head)], sums)
        with transaction.atomic():
            for table in TABLES:
                if secrets or not table.secret:
                    lines = map(as_line, rows(table, of_counties(table, ids), secrets=secrets))
                    done.rows += put(out, f"data/{table.name}.jsonl", lines, sums)
            keys = list(keys_of(ids))
        say(f"{done.rows} rows")
        for key in keys:
            put_file(out, key, sums, done)
        put(out, SUMS, [f"{sha256}  {name}\n".encode() for name, sha256 in sums.items()], {})
    return done


def put(out: zipfile.ZipFile, name: str, pieces: Iterable[bytes], sums: dict[str, str]) -> int:
    """Write one member piece by piece and note its hash; how many pieces it had."""
    about = zipfile.ZipInfo(name, WHEN)
    about.compress_type = zipfile.ZIP_STORED if name.startswith("files/") else zipfile.ZIP_DEFLATED
    digest, count = hashlib.sha256(), 0
    with out.open(about, "w", force_zip64=True) as member:
        for piece in pieces:
            member.write(piece)
            digest.update(piece)
            count += 1
    sums[name] = digest.hexdigest()
    return count


def put_file(out: zipfile.ZipFile, key: str, sums: dict[str, str], done: Written) -> None:
    try:
        with files.open_stored(key) as source:
            put(out, f"files/{key}", files.pieces(source), sums)
    except (FileNotFoundError, ClientError):
        done.missing.append(key)
        return
    done.files += 1
    done.bytes += out.infolist()[-1].file_size


# --- In ---------------------------------------------------------------------------------------------


@contextmanager
def opened(source: Path) -> Iterator[zipfile.ZipFile]:
    """The export, with everything that can be wrong with a ZIP said in a sentence."""
    try:
        with zipfile.ZipFile(source) as archive:
            yield archive
    except (zipfile.BadZipFile, EOFError, OSError, zipfile.LargeZipFile) as error:
        raise BadExport(reason=_("it is no ZIP file, or it was cut off")) from error
    except (KeyError, ValueError, TypeError, RuntimeError, UnicodeDecodeError) as error:
        raise BadExport(reason=str(error)) from error


def check(archive: zipfile.ZipFile) -> dict[str, Any]:
    """Compare every member with its hash before anything is believed; the head."""
    names = archive.namelist()
    if len(set(names)) != len(names):
        raise ValueError("a name occurs twice")
    if HEAD not in names or SUMS not in names:
        raise ValueError(f"{HEAD} or {SUMS} is missing")
    sums: dict[str, str] = {}
    for line in archive.read(SUMS).decode().splitlines():
        sha256, _gap, name = line.partition("  ")
        sums[name] = sha256
    if set(sums) != set(names) - {SUMS}:
        raise ValueError("the list of files and the files differ")
    for name, sha256 in sums.items():
        with archive.open(name) as member:
            if hashlib.file_digest(member, "sha256").hexdigest() != sha256:  # type: ignore[arg-type]
                raise ValueError(f"{name} was changed")
    head: dict[str, Any] = json.loads(archive.read(HEAD))
    if head.get("format") != FORMAT:
        raise ValueError(f"its format is {head.get('format')!r}, not {FORMAT!r}")
    known = {f"data/{table.name}.jsonl" for table in TABLES} | {HEAD}
    for name in sums:
        key = name.removeprefix("files/")
        if name not in known and (key == name or not KEY.fullmatch(key) or ".." in key):
            raise ValueError(f"{name} does not belong into an export")
    return head


def read_export(source: Path, *, say: Say = lambda line: None) -> Written:
    """Read an export or a backup in, all or nothing.

    Raises `BadExport` for a file that is cut off, changed or none, `AlreadyHere` for a county or
    person that exists. Files are stored first; they are removed again when the rows do not fit.
    """
    stored: list[str] = []
    with opened(source) as archive:
        head = check(archive)
        done = Written([county["name"] for county in head["counties"]])
        refuse_existing(head)
        say(f"checked: {len(archive.namelist())} members")
        try:
            for name in archive.namelist():
                if name.startswith("files/"):
                    store(archive, name, stored, done)
            with transaction.atomic(), dates_as_written():
                ids = [county["id"] for county in head["counties"]]
                for table in TABLES:
                    count = read_table(archive, table)
                    done.rows += count
                    if table.model is not User and of_counties(table, ids).count() != count:
                        raise ValueError(f"{table.name} holds rows of another county")
        except BaseException as error:
            files.delete(stored)
            if isinstance(error, IntegrityError):
                raise AlreadyHere(what=_("Something of it")) from error
            raise
    return done


def refuse_existing(head: dict[str, Any]) -> None:
    ids = [county["id"] for county in head["counties"]]
    names = [county["name"] for county in head["counties"]]
    here = County.objects.filter(pk__in=ids) | County.objects.filter(name__in=names)
    if found := here.first():
        raise AlreadyHere(what=found.name)


def store(archive: zipfile.ZipFile, name: str, stored: list[str], done: Written) -> None:
    """Store one file. One that is there already (an interrupted attempt) must be the same."""
    key = name.removeprefix("files/")
    if default_storage.exists(key):
        with archive.open(name) as member:
            sha256 = hashlib.file_digest(member, "sha256").hexdigest()  # type: ignore[arg-type]
        if files.hash_stored(key)[1] != sha256:
            raise AlreadyHere(what=key)
        done.files += 1
        return
    stored.append(key)
    with archive.open(name) as member:
        kept = files.store(member, key)
    done.files, done.bytes = done.files + 1, done.bytes + kept.size


def read_table(archive: zipfile.ZipFile, table: Table) -> int:
    """Write a table's rows; how many. A table that the export does not have is empty."""
    name, count = f"data/{table.name}.jsonl", 0
    if name not in archive.namelist():
        return 0
    batch = []
    with archive.open(name) as lines:
        for line in lines:
            batch.append(built(table, json.loads(line)))
            count += 1
            if len(batch) == ROWS_AT_ONCE:
                table.model._default_manager.bulk_create(batch)
                batch = []
    table.model._default_manager.bulk_create(batch)
    return count


@contextmanager
def dates_as_written() -> Iterator[None]:
    """Columns that take the moment of creation keep the one that is read in."""
    held: list[Field[Any, Any]] = [
        column
        for table in TABLES
        for column in table.columns
        if getattr(column, "auto_now_add", False)
    ]
    for column in held:
        column.auto_now_add = False  # type: ignore[attr-defined]
    try:
        yield
    finally:
        for column in held:
            column.auto_now_add = True  # type: ignore[attr-defined]
