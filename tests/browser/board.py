"""What the board's browser tests do again and again."""

import io
import uuid

from django.core.files.base import ContentFile
from PIL import Image
from playwright.sync_api import Locator, Page

from meetings.models import Meeting
from tests.people import make_item
from tests.uploads.ready import make_ready
from townships.actors import Actor
from townships.models import Township
from uploads import files
from uploads.models import Material, Version
from uploads.models import Page as Slide

LIVE = '[data-connection][data-state="live"]'


def open_room(page: Page, meeting: Meeting, kind: str = "room") -> Page:
    """The participant's page (or `cockpit`, `projector`), connected."""
    page.goto(f"/meetings/{meeting.pk}/{kind}/")
    page.locator(LIVE).wait_for(state="attached")
    return page


def write(page: Page, kind: str, text: str) -> None:
    """Two taps and the text between them."""
    page.locator(f'[data-compose="{kind}"]').click()
    page.locator("[data-composer] textarea").fill(text)
    page.locator("[data-composer] button.primary").click()


def card(page: Page, text: str) -> Locator:
    return page.locator("[data-posts] .post").filter(has_text=text)


def tab_to(page: Page, selector: str, back: bool = False, most: int = 150) -> None:
    """Press Tab (or Shift+Tab) until the focus is there."""
    for _ in range(most):
        if page.evaluate("s => document.activeElement?.matches(s) ?? false", selector):
            return
        page.keyboard.press("Shift+Tab" if back else "Tab")
    raise AssertionError(f"{selector} cannot be reached by Tab")


def bodies(page: Page) -> list[str]:
    """The texts on the board, from the top."""
    return page.locator("[data-posts] .post-body").all_inner_texts()


def make_deck(meeting: Meeting, township: Township, slides: int = 4) -> Material:
    """A ready deck whose slides have text and no pictures; slide 3 is hidden."""
    material = Material.objects.create(
        meeting=meeting, township=township, kind="deck", title="台账"
    )
    version = Version.objects.create(
        material=material,
        number=1,
        state=Version.State.READY,
        filename="台账.pptx",
        size=1,
        sha256="0" * 64,
        original=uuid.uuid4().hex,
        pages_total=slides,
    )
    Slide.objects.bulk_create(
        Slide(
            version=version,
            number=number,
            title=f"第{number}页标题",
            text=f"第{number}页正文",
            notes=f"第{number}页讲稿",
            hidden=number == 3,
        )
        for number in range(1, slides + 1)
    )
    material.current = version
    material.save()
    return material


def ready_deck(
    actor: Actor, meeting: Meeting, township: Township, colour: str = "#2b5d43"
) -> Version:
    """A ready deck whose pictures are pictures."""
    make_item(meeting, township)
    version = make_ready(actor, meeting, township)
    for page in version.pages.all():
        picture = io.BytesIO()
        Image.new("RGB", (1920, 1080), colour).save(picture, "WEBP")
        for key in (page.image, page.thumb):
            files.store(ContentFile(picture.getvalue()), key, "image/webp")
    return version
