"""Every page there is, opened once: nothing axe objects to, nothing that has to be scrolled sideways.

The pages are those of the route matrix, so none is forgotten; languages and sizes take turns.
"""

import itertools
from types import ModuleType
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Page

from tests.hub.matrix import World
from tests.hub.routes import PARTS, THINGS
from tests.hub.test_route_matrix import concrete
from tests.people import client_of
from tests.processes import Server
from townships.actors import Actor

from .conftest import Browsers
from .pages import VIEWPORTS, assert_accessible

LANGUAGES = ["zh-hans", "zh-hant", "en"]
SIZES = ["phone", "laptop"]
pytestmark = pytest.mark.timeout(400)


def is_page(actor: Actor, path: str) -> bool:
    """Whether the address gives the actor a page (not a file, not a way elsewhere)."""
    answer = client_of(actor).get(path)
    return answer.status_code == 200 and answer["Content-Type"].startswith("text/html")


def pages_of(part: ModuleType, world: World) -> list[tuple[Actor, str]]:
    """(who looks, address) of every page of a package: the organiser, or whoever the page is for."""
    found = {}
    for row in part.ROWS:
        statuses = row.statuses() if row.method == "GET" and "/api/" not in row.path else {}
        for role in ("organiser", "nobody", "guest", "member"):
            if statuses.get(role) == 200:
                actor, path = world.actors[role], concrete(row.path, world)
                if is_page(actor, path):
                    found[path] = actor
                break
    return [(actor, path) for path, actor in found.items()]


def too_wide(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    wider: int = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return max(0, wider)


def look_at(page: Page, path: str, size: str, language: str) -> list[str]:
    """Open it in the language, in the size; what is wrong with it, also in the other size."""
    faults = []
    page.context.add_cookies(
        [{"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": page.url or path}]
    )
    page.set_viewport_size(VIEWPORTS[size])  # type: ignore[index]
    page.goto(path)
    try:
        assert_accessible(page)
    except AssertionError as found:
        faults.append(f"{size} {language}: {found}")
    for width in SIZES:
        page.set_viewport_size(VIEWPORTS[width])  # type: ignore[index]
        if wider := too_wide(page):
            faults.append(f"{path} is {wider} px too wide: {width} {language}")
    return faults


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__.rpartition(".")[2])
def test_pages(part: ModuleType, browser: Browsers, daphne_server: Server, transactional_db: Any):
    """Everything of one package that the organiser, a guest or a stranger may open."""
    world = World(THINGS)
    opened: dict[Actor, Page] = {}
    faults = []
    turns = itertools.cycle(itertools.product(SIZES, LANGUAGES))
    for (actor, path), (size, language) in zip(pages_of(part, world), turns, strict=False):
        if actor not in opened:
            opened[actor] = browser(actor)
            opened[actor].goto("/accounts/login/")
        faults += look_at(opened[actor], path, size, language)
    assert not faults, "\n".join(faults)


BAR = """() => {
    const box = (selector) => document.querySelector(selector).getBoundingClientRect();
    const [brand, nav, end] = [".brand b", ".nav ul", ".topbar-end"].map(box);
    const beside = nav.top < 100;  // at the bottom of narrow windows
    return { tall: box(".topbar").height > 72,
             overlapping: beside && (brand.right > nav.left || nav.right > end.left) };
}"""


def test_the_bar_at_the_top_is_one_line_at_every_width(browser: Browsers, organiser: Actor):
    """Nothing in it wraps or lies over something else, on tablets and old laptops, too."""
    page = browser(organiser)
    page.goto("/")
    wrong = []
    for language in LANGUAGES:
        page.context.add_cookies(
            [{"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": page.url}]
        )
        page.reload()
        for width in (320, 360, 600, 768, 820, 959, 960, 1024, 1152, 1247, 1248, 1280, 1366, 1920):
            page.set_viewport_size({"width": width, "height": 700})
            if any(page.evaluate(BAR).values()):
                wrong.append((language, width))
    assert wrong == []


def test_pages_that_say_no(browser: Browsers, member: Actor, nobody: Actor):
    """Missing and forbidden: as readable as all others."""
    browser.expect_errors("status of 40[34]")
    faults = []
    for actor, path in ((member, "/nothing/"), (nobody, "/nothing/"), (member, "/people/")):
        page = browser(actor)
        page.goto("/accounts/login/")
        for size, language in zip(itertools.cycle(SIZES), LANGUAGES, strict=False):
            faults += look_at(page, path, size, language)
    assert not faults, "\n".join(faults)
