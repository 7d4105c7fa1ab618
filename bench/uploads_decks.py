"""Decks from their last byte to the first picture and to ready, against bare LibreOffice and rendering."""

import io
import os
import shutil
import statistics
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from tests.servers import die_with_parent

from .live_world import CORES, ROOT, World
from .report import Report

CORPUS = ROOT / ".." / "shared" / "corpus" / "decks"
FILTER = 'pdf:impress_pdf_Export:{"ExportHiddenSlides":{"type":"boolean","value":"true"},"UseTaggedPDF":{"type":"boolean","value":"false"}}'
MANY = 20  # slides from which the first picture has to come in half the time
ROUNDS, LONGEST_SECONDS = 3, 900
NICE = ["nice", "-n", "19"]  # as the worker's conversions, so that a busy machine is fair to both


@dataclass
class Deck:
    """A file and what was measured with it, in seconds."""

    path: Path
    slides: int = 0
    bare: list[float] = field(default_factory=list)
    drawn: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    ready: list[float] = field(default_factory=list)


def make_deck(path: Path, slides: int) -> Path:
    """A deck such as townships send: a title, lines, a table, a chart, a photograph."""
    from PIL import Image
    from pptx import Presentation
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE
    from pptx.util import Inches

    photo = io.BytesIO()
    Image.effect_noise((1280, 720), 60).convert("RGB").save(photo, "JPEG", quality=80)
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(13.333), Inches(7.5)
    for number in range(1, slides + 1):
        slide = deck.slides.add_slide(deck.slide_layouts[5])
        slide.shapes.title.text = f"第{number}部分 党员志愿服务登记的做法"
        box = slide.shapes.add_textbox(Inches(1), Inches(1.6), Inches(6), Inches(3)).text_frame
        box.text = "村里的党员活动室冬天没有暖气，老党员来得少。" * 3
        if number % 3 == 1:
            data = CategoryChartData()
            data.categories = ["青石", "白沙", "柳溪"]
            data.add_series("人次", (number, 12, 9))
            slide.shapes.add_chart(
                XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(7), Inches(2), Inches(5), Inches(4), data
            )
        elif number % 3 == 2:
            photo.seek(0)
            slide.shapes.add_picture(photo, Inches(7), Inches(2), Inches(5))
        else:
            table = slide.shapes.add_table(5, 3, Inches(7), Inches(2), Inches(5), Inches(3)).table
            for row in range(5):
                table.cell(row, 0).text = f"第{row}村"
    deck.save(str(path))
    return path


def decks_of(folder: Path, quick: bool) -> list[Deck]:
    """Fourteen decks (two with `quick`): real ones where the corpus is, made ones of 24 and 40 slides."""
    made = [(20, "made-20.pptx")] if quick else [(24, "made-24.pptx"), (40, "made-40.pptx")]
    found = [Deck(make_deck(folder / name, slides)) for slides, name in made]
    real = sorted(CORPUS.glob("*.p*t*"), key=lambda path: path.name) if CORPUS.is_dir() else []
    chosen = [path for path in real if not quick or path.stem == "with_japanese"]
    found += [Deck(path) for path in chosen[: 1 if quick else 12]]
    number = len(found)
    while not quick and len(found) < 14:
        number += 1
        found.append(Deck(make_deck(folder / f"made-{number}.pptx", number)))
    return found


class Bare:
    """LibreOffice as anybody would call it: a kept profile, one file after another, no cage."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "bare"
        self.folder.mkdir()
        self.profile = self.folder / "profile"
        from uploads.processing.fonts import CONFIG

        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.folder), "LANG": "C.UTF-8",
            "FONTCONFIG_FILE": str(CONFIG),
        }  # fmt: skip

    def run(self, deck: Deck) -> None:
        """Convert, then draw both pictures of each page."""
        out = self.folder / "out"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        begun = time.perf_counter()
        self._call(
            ["soffice", f"-env:UserInstallation={self.profile.as_uri()}", "--headless", "--norestore",
             "--convert-to", FILTER, "--outdir", str(out), str(deck.path)]
        )  # fmt: skip
        deck.bare.append(time.perf_counter() - begun)
        (pdf,) = out.glob("*.pdf")
        tool = ROOT / "uploads" / "processing" / "pdf_tool.py"
        self._call(
            [
                sys.executable,
                "-I",
                str(tool),
                "render",
                str(pdf),
                str(out),
                "1",
                "480",
                "1920",
                "82",
            ]
        )
        deck.drawn.append(time.perf_counter() - begun)
        deck.slides = len(list(out.glob("*-hall.webp")))

    def _call(self, command: list[str]) -> None:
        subprocess.run(
            [*NICE, *command], env=self.environment, check=True, timeout=600,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip


class Hub:
    """The real worker beside us, and decks sent to it."""

    def __init__(self, world: World, meeting: Any) -> None:
        from townships.actors import system_actor
        from townships.models import Township

        self.world, self.meeting = world, meeting
        self.actor = system_actor(meeting.county_id)
        self.townships = list(Township.objects.all())
        log = (world.folder / "worker.log").open("wb")
        prepare = die_with_parent()

        def on_both_cores() -> None:
            prepare()
            os.sched_setaffinity(0, set(CORES))

        self.worker = subprocess.Popen(
            [sys.executable, "manage.py", "worker"], cwd=ROOT,
            env=os.environ | world.environment, stdout=log, stderr=log,
            preexec_fn=on_both_cores,
        )  # fmt: skip
        world.children.append(self.worker)
        self.peak = 0.0

    def send(self, deck: Deck, place: int = 0) -> uuid.UUID:
        from uploads import services

        return services.receive(
            actor=self.actor, meeting_id=self.meeting.pk, township_id=self.townships[place].pk,
            kind="deck", filename=deck.path.name, source=deck.path,
        ).pk  # fmt: skip

    def warm(self, deck: Deck) -> None:
        """The worker's start, its LibreOffice profile and the caches are not what is measured."""
        self.wait([self.send(deck)])

    def measure(self, deck: Deck) -> None:
        """One deck alone: first picture and ready, from the moment its last byte is durable."""
        from uploads.models import Page

        version = self.send(deck)
        begun = time.perf_counter()
        shown = Page.objects.filter(version=version).exclude(image="")
        while not shown.exists() and not self._ended([version]):
            time.sleep(0.01)
        deck.first.append(time.perf_counter() - begun)
        self.wait([version])
        deck.ready.append(time.perf_counter() - begun)

    def wait(self, versions: list[uuid.UUID], seconds: float = 900) -> None:
        """Until every one is ready."""
        from uploads.models import Version

        until = time.perf_counter() + seconds
        while not self._ended(versions):
            if time.perf_counter() > until or self.worker.poll() is not None:
                raise RuntimeError((self.world.folder / "worker.log").read_text()[-3000:])
            self._weigh()
            time.sleep(0.02)
        bad = Version.objects.filter(pk__in=versions).exclude(state="ready")
        if bad:
            raise RuntimeError([(v.filename, v.state, v.reason_code) for v in bad])

    @staticmethod
    def _ended(versions: list[uuid.UUID]) -> bool:
        from uploads.models import Version

        ends = ("ready", "refused", "failed")
        return Version.objects.filter(pk__in=versions, state__in=ends).count() == len(versions)

    def _weigh(self) -> None:
        total = 0
        try:
            family = psutil.Process(self.worker.pid)
            for each in (family, *family.children(recursive=True)):
                total += each.memory_info().rss
        except psutil.Error:
            return
        self.peak = max(self.peak, total / 1e6)


def decks(report: Report, world: World, hub: Hub, quick: bool) -> None:
    """Each deck alone, in turn with bare conversions of it; then all at once."""
    found = decks_of(world.folder, quick)
    bare = Bare(world.folder)
    bare.run(Deck(found[-1].path))
    hub.warm(found[-1])
    begun = time.perf_counter()
    for _ in range(1 if quick else ROUNDS):
        if time.perf_counter() - begun > LONGEST_SECONDS * 2 / 3:
            break  # a slow machine: what there is must do
        for deck in found:
            bare.run(deck)
            hub.measure(deck)
    tell(report, found)
    begun = time.perf_counter()
    hub.wait([hub.send(deck, place) for place, deck in enumerate(found)])
    batch = time.perf_counter() - begun
    cold = sum(statistics.median(deck.drawn) for deck in found)
    report.add(f"{len(found)} decks at once, until all are ready", batch, "s")
    report.add(f"{len(found)} bare conversions and renderings in a row", cold, "s")
    report.add("batch: bare ones in a row / ours", cold / batch, "x", ">= 1")
    report.add("worker with everything it started, highest memory", hub.peak, "MB")


def tell(report: Report, found: list[Deck]) -> None:
    """A row a deck, and the ratios that have targets."""
    overheads, firsts = [], []
    for deck in found:
        drawn, ready = statistics.median(deck.drawn), statistics.median(deck.ready)
        first, bare = statistics.median(deck.first), statistics.median(deck.bare)
        name = f"{deck.path.name[:28]}, {deck.slides} slides"
        report.add(f"{name}: bare conversion + rendering", drawn, "s")
        report.add(f"{name}: first picture", first, "s")
        report.add(f"{name}: ready", ready, "s")
        overheads.append(ready / drawn)
        if deck.slides >= MANY:
            firsts.append(first / drawn)
            report.add(f"{name}: first picture / bare whole time", first / drawn, "x", "<= 0.5")
            report.add(f"{name}: first picture / bare, not rendered", first / bare, "x")
    report.add("ready / bare, median of decks", statistics.median(overheads), "x", "<= 1.1")
    total = sum(statistics.median(d.ready) for d in found) / sum(
        statistics.median(d.drawn) for d in found
    )
    report.add("ready / bare, all decks together", total, "x", "<= 1.1")
    worst = max(firsts) if firsts else None
    report.add(f"first picture / bare, worst of {MANY} slides and more", worst, "x", "<= 0.5")
