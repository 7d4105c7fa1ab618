"""Reading a folder tree or a ZIP of old meetings without believing anything it says."""

import os
import re
import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Protocol

from django.utils.translation import gettext_lazy as _

from townships.problems import Invalid

MOST_FILES = 50_000
LONGEST = 1000
RATIO = 200
GENEROUS = 64 * 1024 * 1024  # below this, how well something was compressed does not matter
MOST_UNPACKED = 64 * 1024**3  # all files of a ZIP together
ALL_GENEROUS = 4 * GENEROUS
MOST_DIRECTORY = 16 * 1024 * 1024  # of a ZIP's list of files, which is read into memory as a whole
SIZE_OF_DIRECTORY = 5  # its place in what `zipfile` knows of the end of a ZIP
LOCKED = 0x1 | 0x40  # the marks of a member with a password, and of one with a certificate
READABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
DRIVE = re.compile(r"^[A-Za-z]:")


class BadSource(Invalid):
    code = "bad_source"
    title = _("This cannot be brought in")
    sentence = _("%(reason)s Nothing was brought in.")


class UnusualZip(BadSource):
    """Whole, but locked or packed so that it cannot be read here: to be saved again, not repaired."""

    code = "unusual_zip"


class Source(Protocol):
    """Files by their path from the top, in order; a size of None is a link."""

    def entries(self) -> Iterator[tuple[str, int | None]]: ...

    def open(self, path: str) -> IO[bytes]: ...


def safe_path(name: str) -> str:
    """The path with forward slashes. Raises `BadSource` for one that leads outside or hides."""
    path = name.replace("\\", "/")
    parts = path.split("/")
    if path.startswith("/") or DRIVE.match(path) or ".." in parts:
        raise BadSource(reason=_("The path “%(path)s” leads out of it.") % {"path": name[:80]})
    if any(ord(c) < 32 or ord(c) == 127 for c in path) or len(path) > LONGEST:
        raise BadSource(reason=_("The path “%(path)s” is none.") % {"path": repr(name)[:80]})
    return "/".join(part for part in parts if part not in ("", "."))


class FolderSource:
    """A folder on the server. Links are not followed."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        if not self.root.is_dir():
            raise BadSource(reason=_("“%(path)s” is no folder.") % {"path": root})

    def entries(self) -> Iterator[tuple[str, int | None]]:
        count = 0
        for folder, folders, names in os.walk(self.root):
            folders.sort()
            for name in sorted(names):
                path = Path(folder) / name
                count += 1
                if count > MOST_FILES:
                    raise BadSource(reason=too_many())
                about = path.lstat()
                shown = safe_path(path.relative_to(self.root).as_posix())
                yield shown, about.st_size if stat.S_ISREG(about.st_mode) else None

    def open(self, path: str) -> IO[bytes]:
        target = self.root / safe_path(path)
        return os.fdopen(os.open(target, os.O_RDONLY | os.O_NOFOLLOW), "rb")


def too_many() -> str:
    return _("It holds more than %(n)s files.") % {"n": MOST_FILES}


class ZipSource:
    """A ZIP, checked in whole before anything is taken from it."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.members: dict[str, zipfile.ZipInfo] = {}
        for info in archive.infolist():
            path = safe_path(name_of(info))
            if info.is_dir() or not path:
                continue
            if path in self.members:
                raise BadSource(reason=_("“%(path)s” stands in it twice.") % {"path": path[:80]})
            if len(self.members) >= MOST_FILES:
                raise BadSource(reason=too_many())
            judge(info, path)
            self.members[path] = info
        judge_all(self.members.values())

    def check(self) -> None:
        """Read every byte once, so that a ZIP cut in the middle or changed is refused as a whole."""
        try:
            bad = self.archive.testzip()
        except (NotImplementedError, RuntimeError) as error:  # a compression or encryption it lacks
            raise unusual() from error
        if bad is not None:
            raise BadSource(reason=_("“%(path)s” in it is damaged.") % {"path": bad[:80]})

    def entries(self) -> Iterator[tuple[str, int | None]]:
        for path in sorted(self.members):
            yield path, self.members[path].file_size

    def open(self, path: str) -> IO[bytes]:
        return self.archive.open(self.members[path])


def name_of(info: zipfile.ZipInfo) -> str:
    """The member's name; without the UTF-8 mark it is what Chinese Windows writes (GB18030)."""
    if info.flag_bits & 0x800:
        return info.filename
    raw = info.filename.encode("cp437", "replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename


def judge(info: zipfile.ZipInfo, path: str) -> None:
    """Raises `BadSource` for what no honest archive holds."""
    if stat.S_ISLNK(info.external_attr >> 16):
        raise BadSource(reason=_("“%(path)s” is a link.") % {"path": path[:80]})
    if info.flag_bits & LOCKED:
        raise UnusualZip(
            reason=_("It is locked with a password. Save it again without one, as an ordinary ZIP.")
        )
    if info.compress_type not in READABLE:
        raise unusual()
    if info.file_size > GENEROUS and info.file_size > RATIO * max(info.compress_size, 1):
        raise BadSource(
            reason=_("“%(path)s” unpacks to far more than it is.") % {"path": path[:80]}
        )


def judge_all(members: Iterable[zipfile.ZipInfo]) -> None:
    """Raises `BadSource` for many small files that unpack together to far more than the ZIP is.

    Each of them may be packed well; of a whole archive of decks and papers that is not so.
    """
    unpacked = packed = 0
    largest = ""
    size = -1
    for info in members:
        unpacked += info.file_size
        packed += info.compress_size
        if info.file_size > size:
            largest, size = name_of(info), info.file_size
    if unpacked > MOST_UNPACKED or (unpacked > ALL_GENEROUS and unpacked > RATIO * max(packed, 1)):
        raise BadSource(
            reason=_("“%(path)s” unpacks to far more than it is.") % {"path": largest[:80]}
        )


DAMAGE = (zipfile.BadZipFile, EOFError, zlib.error)


def cut_off() -> BadSource:
    return BadSource(reason=_("It is no ZIP file, or it was cut off."))


def unusual() -> UnusualZip:
    return UnusualZip(
        reason=_(
            "It is packed in a way that cannot be read here. Save it again as an ordinary ZIP, with "
            "ordinary compression and without a password."
        )
    )


def judge_directory(source: Path | IO[bytes]) -> None:
    """Raises `BadSource` for a list of files that is too long to be read: `zipfile` takes all of it into
    memory before anything can be counted. What this finds is what `zipfile` will read, no more."""
    with ExitStack() as stack:
        file = stack.enter_context(source.open("rb")) if isinstance(source, Path) else source
        end = zipfile._EndRecData(file)  # type: ignore[attr-defined]
        if end is not None and end[SIZE_OF_DIRECTORY] > MOST_DIRECTORY:
            raise BadSource(reason=too_many())


@contextmanager
def zip_source(source: Path | IO[bytes]) -> Iterator[ZipSource]:
    """A ZIP; everything that can be wrong with one is a `BadSource` with its sentence."""
    try:
        judge_directory(source)
        archive = zipfile.ZipFile(source)
    except NotImplementedError as error:  # it asks for a newer reader
        raise unusual() from error
    except (*DAMAGE, ValueError, OverflowError) as error:
        raise cut_off() from error
    with archive:
        try:
            yield ZipSource(archive)
        except DAMAGE as error:
            raise cut_off() from error
