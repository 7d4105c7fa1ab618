"""The design system: its page shows every component, in three languages, and only in DEBUG."""

import re
from pathlib import Path

import pytest
from django.test import Client, override_settings
from django.urls import include, path

from hub import badges, display
from hub.templatetags import lihui
from hub.views_design import VIEWS, design

PARTS = Path(lihui.__file__).parent.parent / "templates" / "hub" / "parts"
STATIC = Path(lihui.__file__).parent.parent / "static" / "hub"

urlpatterns = [path("design/", design), path("", include("hub.urls"))]

pytestmark = pytest.mark.django_db
in_debug = override_settings(DEBUG=True, ROOT_URLCONF=__name__, SECURE_SSL_REDIRECT=False)


def page(client: Client, view: str = "", language: str = "zh-hans") -> str:
    """The text of the design page."""
    response = client.get(f"/design/?view={view}", headers={"accept-language": language})
    assert response.status_code == 200
    return response.content.decode()


@in_debug
@pytest.mark.parametrize(
    ("language", "html_lang", "word"),
    [("zh-hans", "zh-Hans", "讨论板"), ("zh-hant", "zh-Hant", "討論板"), ("en", "en", "Board")],
)
def test_it_speaks_the_readers_language(client, language, html_lang, word):
    """The html element names the language, so that the right fonts are chosen."""
    text = page(client, language=language)
    assert f'<html lang="{html_lang}"' in text
    assert word in text


@in_debug
@pytest.mark.parametrize("view", list(VIEWS))
def test_no_page_has_inline_styles_or_scripts(client, view):
    """The content security policy forbids them."""
    text = page(client, view)
    assert " style=" not in text
    assert not re.search(r"\son\w+=", text)
    for tag in re.findall(r"<script[^>]*>", text):
        assert "src=" in tag


@in_debug
def test_every_component_is_on_the_page(client):
    """A template tag with a part of its own is shown with it."""
    text = page(client)
    shown = {
        "agenda": 'class="agenda"',
        "bar_chart": 'class="chart"',
        "dialog": "<dialog",
        "drop_zone": "data-drop",
        "hit": 'class="hit"',
        "month_calendar": 'class="calendar"',
        "post": 'class="post ',
        "search_box": 'role="search"',
        "viewer": "data-viewer",
        "pagination": 'class="pages"',
    }
    for name, mark in shown.items():
        assert (PARTS / f"{name}.html").exists()
        assert mark in text, name


def test_it_does_not_exist_outside_debug(client):
    """Visitors of a real hub never see it."""
    with override_settings(DEBUG=False, ROOT_URLCONF=__name__, SECURE_SSL_REDIRECT=False):
        assert client.get("/design/").status_code == 404


def test_every_icon_that_is_asked_for_exists():
    """A misspelt icon would be an empty square."""
    known = set(re.findall(r'symbol id="([^"]+)"', (STATIC / "icons.svg").read_text()))
    root = Path(lihui.__file__).parent.parent.parent
    used = {badge.icon for states in badges.BADGES.values() for badge in states.values()}
    for template in root.glob("[a-z]*/templates/**/*.html"):
        used |= set(re.findall(r'{% icon(?:_url)? "([\w-]+)"', template.read_text()))
    assert used - known == set()


@pytest.mark.parametrize(
    ("value", "words"),
    [(0, "0 B"), (1023, "1023 B"), (1536, "2 KB"), (1.4 * 1024**2, "1.4 MB"), (None, "0 B")],
)
def test_sizes_are_short(value, words):
    """Bytes in the unit people use, one digit from MB on."""
    assert display.size(value) == words


def test_an_unknown_state_shows_its_own_name():
    """Nothing breaks when a state is new."""
    assert badges.badge_of("meeting", "odd").text == "odd"


def test_agents_are_named_in_words_people_know():
    """The list of sessions says "Edge · Windows", not a line of versions."""
    agent = "Mozilla/5.0 (Windows NT 10.0; Win64) Chrome/126.0 Safari/537.36 Edg/126.0"
    assert display.browser(agent) == "Edge · Windows"
