"""Office file -> PDF by LibreOffice in a cage, the first slides of a long deck before the rest."""

from __future__ import annotations

import logging
import os
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path

from uploads.processing import beginning, cage, fonts, pdf, textdoc
from uploads.processing.cage import CageOptions, Finished
from uploads.processing.errors import ConversionFailed, Refused
from uploads.processing.inspection import Inspected
from uploads.processing.profiles import TINY, TINY_DECK, make_profile
from uploads.processing.spares import Spare, Spares

_logger = logging.getLogger(__name__)
_CANNOT_OPEN = "source file could not be loaded"
_PERHAPS_WHOLE = {
    "conversion_failed",
    "conversion_empty",
    "page_count_wrong",
    "office_cannot_open",
}
_CAN_BE_CUT = {"pptx", "ppsx", "potx"}
_DECKS = {"pptx", "ppsx", "potx", "ppt", "odp"}


@dataclass(frozen=True)
class ConvertOptions:
    """How to convert.

    parallel: LibreOffice processes of one job at once; first_slides: how many slides come first;
    split_from: decks of at least so many slides are converted in parts; profile_template: a folder made by
    ``make_profile_template`` (saves about half a second a job); pdf_version: LibreOffice's SelectPdfVersion
    (0 = PDF 1.7, 2 = PDF/A-2b; anything but 0 is converted in one piece); halves_from: decks of at least so
    many slides are worth two processes, each of which loads the whole; spares: LibreOffice processes that wait.
    """

    cage: CageOptions = field(default_factory=CageOptions)
    parallel: int = 2
    first_slides: int = 2
    split_from: int = 12
    halves_from: int = 30
    profile_template: Path | None = None
    pdf_version: int = 0
    spares: Spares | None = None


@dataclass(frozen=True)
class Part:
    """A PDF that holds the pages from ``first`` (1-based) on."""

    path: Path
    first: int
    pages: int


@dataclass(frozen=True)
class Converted:
    """The whole PDF and its number of pages."""

    path: Path
    pages: int


def convert(
    inspected: Inspected,
    work_dir: Path,
    options: ConvertOptions,
    on_part: Callable[[Part], None] | None = None,
    stop: threading.Event | None = None,
) -> Converted:
    """Makes a PDF of an inspected file.

    Args:
        work_dir: the job's folder (the one inspection wrote to); everything is written below it.
        on_part: called in this thread as soon as pages are there: parts may come out of order, every page
            comes at least once (again when converting in parts failed and the whole is converted instead).
        stop: set it from another thread to kill the conversion.

    Raises:
        ConversionFailed: converter_missing, cage_missing, conversion_timeout, conversion_failed,
            conversion_empty, page_count_wrong, stopped.
        Refused: office_cannot_open, slides_lost: LibreOffice works, and the file is what it cannot read.
    """
    deliver = on_part or (lambda part: None)
    if inspected.format == "pdf":
        pages = inspected.pages or pdf.info(inspected.path, work_dir, options.cage).pages
        deliver(Part(inspected.path, 1, pages))
        return Converted(inspected.path, pages)
    _require_tools(options)
    source = inspected.path
    if inspected.format in ("txt", "md"):
        source = textdoc.make_docx(
            source, work_dir / "text.docx", markdown=inspected.format == "md"
        )
    job = _Job(source, inspected, work_dir, options, deliver, stop or threading.Event())
    ranges = plan(inspected, options)
    if len(ranges) > 1:
        try:
            return job.in_parts(ranges)
        except (ConversionFailed, Refused) as failure:
            if failure.code not in _PERHAPS_WHOLE:
                raise
            _logger.info("converting in parts failed (%s), converting the whole", failure)
    return job.whole()


def as_odp(
    inspected: Inspected,
    work_dir: Path,
    options: ConvertOptions,
    stop: threading.Event | None = None,
) -> Path | None:
    """An old .ppt as an .odp, for the words that a PDF does not hold (notes, hidden slides); None where
    LibreOffice makes none.

    Raises:
        ConversionFailed: stopped.
    """
    folder = work_dir / "odp"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    source, profile = folder / f"in{inspected.path.suffix}", folder / "profile"
    os.link(inspected.path, source)
    make_profile(profile, options.profile_template)
    cage.run(
        [*_office(profile), "--convert-to", "odp:impress8", "--outdir", str(folder), str(source)],
        folder, _cage_options(options), stop=stop,
    )  # fmt: skip
    shutil.rmtree(profile, ignore_errors=True)
    if stop is not None and stop.is_set():
        raise ConversionFailed("stopped")
    made = folder / "in.odp"
    return made if made.exists() else None


def plan(inspected: Inspected, options: ConvertOptions) -> list[tuple[int, int]]:
    """Page ranges to convert separately: the beginning, then the rest, of a long deck in two halves at once.
    One range means "all at once"."""
    count = inspected.pages or 0
    first = options.first_slides
    splits = inspected.format in _DECKS and options.pdf_version == 0
    if not splits or count < max(options.split_from, first + 2):
        return [(1, count)]
    if options.parallel < 2 or count < options.halves_from:
        return [(1, first), (first + 1, count)]
    middle = first + (count - first + 1) // 2
    return [(1, first), (middle, count), (first + 1, middle - 1)]


def _require_tools(options: ConvertOptions) -> None:
    if shutil.which("soffice") is None:
        packages = " ".join(p for p in cage.available() if p.startswith("libreoffice"))
        raise ConversionFailed("converter_missing", packages=packages)
    if options.cage.require_cage and not cage.cage_works():
        raise ConversionFailed("cage_missing", packages="bubblewrap")


class _Job:
    """One conversion: several LibreOffice runs over the same inspected copy."""

    def __init__(
        self,
        source: Path,
        inspected: Inspected,
        work_dir: Path,
        options: ConvertOptions,
        deliver: Callable[[Part], None],
        stop: threading.Event,
    ) -> None:
        self.source, self.inspected, self.work_dir = source, inspected, work_dir
        self.options, self.deliver, self.stop = options, deliver, stop
        self.abandoned = threading.Event()

    def whole(self) -> Converted:
        part = self._run("whole", None, self._take_spare())
        expected = self.inspected.pages
        if expected and part.pages != expected:
            raise Refused("slides_lost", pages=part.pages, expected=expected)
        self.deliver(part)
        return Converted(part.path, part.pages)

    def in_parts(self, ranges: list[tuple[int, int]]) -> Converted:
        """The beginning first, for it is what people wait for; then the rest, while the beginning is drawn."""
        first = self._run("part0", ranges[0], self._take_spare(), self._beginning(ranges[0][1]))
        parts = [first]
        with ThreadPoolExecutor(
            max_workers=self.options.parallel, thread_name_prefix="convert"
        ) as pool:
            waiting: set[Future[Part]] = {
                pool.submit(self._run, f"part{number}", pages)
                for number, pages in enumerate(ranges[1:], start=1)
            }
            try:
                self.deliver(first)
                while waiting:
                    done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                    for part in sorted((f.result() for f in done), key=lambda p: p.first):
                        parts.append(part)
                        self.deliver(part)
            except BaseException:
                for future in waiting:
                    future.cancel()
                self._abandon()
                raise
        ordered = sorted(parts, key=lambda part: part.first)
        out = self.work_dir / "whole.pdf"
        pages = pdf.merge([part.path for part in ordered], out, self.work_dir, self.options.cage)
        if pages != self.inspected.pages:
            raise ConversionFailed("page_count_wrong", pages=pages, expected=self.inspected.pages)
        return Converted(out, pages)

    def _beginning(self, slides: int) -> Path | None:
        """The deck's first slides alone: loading all of a long deck takes longer than drawing two slides."""
        if self.inspected.format not in _CAN_BE_CUT:
            return None
        target = self.work_dir / f"beginning{self.source.suffix}"
        return beginning.make(self.source, target, slides)

    def _abandon(self) -> None:
        """Kills the runs of this job that are on their way; later runs have an event of their own."""
        abandoned, self.abandoned = self.abandoned, threading.Event()
        abandoned.set()

    def _take_spare(self) -> Spare | None:
        """The one that waits; the next is started beside it, for the rest of this file or for the next."""
        if self.options.spares is None:
            return None
        spare = self.options.spares.take()
        self.options.spares.refill()
        return spare

    def _run(
        self,
        name: str,
        pages: tuple[int, int] | None,
        spare: Spare | None = None,
        source: Path | None = None,
    ) -> Part:
        """Converts `pages` of `source`, the whole file where none is given."""
        source = source or self.source
        folder = self.work_dir / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        if spare is None and self.options.spares is not None:
            spare = self.options.spares.take()
        if spare is not None:
            finished = self._by_spare(spare, source, folder, pages)
        else:
            finished = self._by_fresh_process(source, folder, pages)
        if self.stop.is_set():
            raise ConversionFailed("stopped")
        if finished.timed_out:
            raise ConversionFailed("conversion_timeout", seconds=self.options.cage.seconds)
        return self._judge(folder / "in.pdf", pages, finished.output)

    def _by_fresh_process(
        self, given: Path, folder: Path, pages: tuple[int, int] | None
    ) -> Finished:
        source = folder / f"in{given.suffix}"
        os.link(given, source)
        profile = folder / "profile"
        make_profile(profile, self.options.profile_template)
        finished = cage.run(
            _command(source, folder, profile, self.inspected, self.options, pages),
            folder,
            _cage_options(self.options),
            stop=_Either(self.stop, self.abandoned),
        )
        shutil.rmtree(profile, ignore_errors=True)
        source.unlink(missing_ok=True)
        return finished

    def _by_spare(
        self, spare: Spare, given: Path, folder: Path, pages: tuple[int, int] | None
    ) -> Finished:
        """One that waits does it in its own folder; one that died meanwhile is replaced by a fresh one."""
        try:
            source = spare.folder / f"in{given.suffix}"
            shutil.copyfile(given, source)
            profile = spare.folder / "profile"
            command = _command(source, spare.folder, profile, self.inspected, self.options, pages)
            finished = spare.run(command, _Either(self.stop, self.abandoned))
            made = spare.folder / "in.pdf"
            if made.exists():
                shutil.move(made, folder / "in.pdf")
                return finished
        finally:
            spare.close()
        if finished.timed_out or self.stop.is_set() or self.abandoned.is_set():
            return finished
        return self._by_fresh_process(given, folder, pages)

    def _judge(self, out: Path, pages: tuple[int, int] | None, output: str) -> Part:
        """LibreOffice exits 0 whatever happens: only the PDF's pages count."""
        if not out.exists():
            _logger.warning("LibreOffice made no PDF: %s", output[-2000:])
            if _CANNOT_OPEN in output and self._opens_others(out.parent):
                raise Refused("office_cannot_open")
            raise ConversionFailed("conversion_failed")
        try:
            count = pdf.quick_count(out) or pdf.info(out, out.parent, self.options.cage).pages
        except Exception as error:
            raise ConversionFailed("conversion_empty") from error
        if pages and count != pages[1] - pages[0] + 1:
            raise ConversionFailed(
                "page_count_wrong", pages=count, expected=pages[1] - pages[0] + 1
            )
        return Part(out, pages[0] if pages else 1, count)

    def _opens_others(self, folder: Path) -> bool:
        """Whether LibreOffice opens a file of our own of that kind: it says the same where a part of it is missing."""
        kind, text = (".fodp", TINY_DECK) if self.inspected.format in _DECKS else (".fodt", TINY)
        tiny, profile = folder / f"tiny{kind}", folder / "profile"
        tiny.write_text(text, encoding="utf-8")
        make_profile(profile, self.options.profile_template)
        cage.run(
            [*_office(profile), "--convert-to", "pdf", "--outdir", str(folder), str(tiny)],
            folder, _cage_options(self.options), stop=_Either(self.stop, self.abandoned),
        )  # fmt: skip
        return (folder / "tiny.pdf").exists()


class _Either(threading.Event):
    """Set when one of two events is set."""

    def __init__(self, first: threading.Event, second: threading.Event) -> None:
        super().__init__()
        self._events = (first, second)

    def is_set(self) -> bool:
        return any(event.is_set() for event in self._events)


def _cage_options(options: ConvertOptions) -> CageOptions:
    return replace(
        options.cage,
        readable=(*options.cage.readable, fonts.CONFIG),
        environment={**options.cage.environment, "FONTCONFIG_FILE": str(fonts.CONFIG)},
    )


def _command(
    source: Path,
    out: Path,
    profile: Path,
    inspected: Inspected,
    options: ConvertOptions,
    pages: tuple[int, int] | None,
) -> list[str]:
    deck = inspected.format in _DECKS
    settings = ['"UseTaggedPDF":{"type":"boolean","value":"false"}']
    if deck:
        settings.append('"ExportHiddenSlides":{"type":"boolean","value":"true"}')
    if pages:
        settings.append(f'"PageRange":{{"type":"string","value":"{pages[0]}-{pages[1]}"}}')
    if options.pdf_version:
        settings.append(f'"SelectPdfVersion":{{"type":"long","value":"{options.pdf_version}"}}')
    name = "impress_pdf_Export" if deck else "writer_pdf_Export"
    return [
        *_office(profile),
        "--convert-to", f"pdf:{name}:{{{','.join(settings)}}}", "--outdir", str(out), str(source),
    ]  # fmt: skip


def _office(profile: Path) -> list[str]:
    return [
        "soffice", f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore", "--nolockcheck",
        "--nodefault", "--nofirststartwizard",
    ]  # fmt: skip


def make_spares(
    new_folder: Callable[[], AbstractContextManager[Path]], options: ConvertOptions
) -> Spares:
    """Spares with a profile like every conversion's, in folders that ``new_folder`` makes and removes."""

    def prepare(folder: Path) -> tuple[list[str], CageOptions]:
        _require_tools(options)
        profile = folder / "profile"
        make_profile(profile, options.profile_template)
        return _office(profile), _cage_options(options)

    return Spares(new_folder, prepare)


def make_profile_template(folder: Path, options: ConvertOptions | None = None) -> Path | None:
    """Makes ``folder``, a LibreOffice profile after its first start, by converting a line of our own text.

    Safe to call from several processes; does nothing when the folder is there. None when LibreOffice or the
    cage is missing (conversions then say so themselves).
    """
    if folder.is_dir():
        return folder
    options = options or ConvertOptions()
    try:
        _require_tools(options)
    except ConversionFailed:
        return None
    work = folder.with_name(f".{folder.name}-{os.getpid()}-{threading.get_ident()}")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        (work / "in.fodt").write_text(TINY, encoding="utf-8")
        profile = work / "profile"
        make_profile(profile, None)
        command = ["soffice", f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", "pdf",
                   "--outdir", str(work), str(work / "in.fodt")]  # fmt: skip
        cage.run(command, work, _cage_options(options))
        if not (work / "in.pdf").exists():
            return None
        try:
            profile.rename(folder)
        except OSError:
            return folder if folder.is_dir() else None
        return folder
    finally:
        shutil.rmtree(work, ignore_errors=True)
