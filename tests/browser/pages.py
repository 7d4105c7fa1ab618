"""Chromium for tests: its start, the sizes we care for, what a page must never do, and axe."""

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, ViewportSize

from townships.actors import NOBODY, Actor

from ..people import cookies_of

ROOT = Path(__file__).resolve().parents[2]
OUTPUT = ROOT / "tests" / "output"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
VIEWPORTS: dict[str, ViewportSize] = {
    "phone": {"width": 360, "height": 740},
    "laptop": {"width": 1280, "height": 800},
    "projector": {"width": 1920, "height": 1080},
}
Viewport = Literal["phone", "laptop", "projector"]
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
# Chromium is to talk to the hub and to nobody else.
QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]


def chromium_path() -> str | None:
    """Chromium of this machine, or None."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


def launch(playwright: Playwright) -> Browser:
    """Start headless Chromium. Its own sandbox does not work for root."""
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    return playwright.chromium.launch(executable_path=chromium_path(), args=QUIET + root)


class Browsers:
    """Opens pages as different people, each in a context of its own, and watches all of them.

    A page fails its test by an uncaught error, an error on its console (a refused script of the
    CSP is one), or a request to another host (but for the bucket that files are kept in).
    """

    def __init__(self, chromium: Browser, url: str) -> None:
        self.chromium, self.url = chromium, url
        self.contexts: list[BrowserContext] = []
        self.faults: list[str] = []
        self.expected: list[re.Pattern[str]] = []

    def __call__(
        self,
        actor: Actor = NOBODY,
        viewport: Viewport = "laptop",
        locale: str = "zh-CN",
        **options: Any,
    ) -> Page:
        """A page signed in as the actor; relative addresses go to the test's server."""
        touch = {"has_touch": True, "is_mobile": True} if viewport == "phone" else {}
        context = self.chromium.new_context(
            **{
                "base_url": self.url,
                "viewport": VIEWPORTS[viewport],
                "locale": locale,
                "timezone_id": "Asia/Shanghai",
                **touch,
                **options,
            }
        )
        context.set_default_timeout(20_000)
        for name, value in cookies_of(actor).items():
            context.add_cookies([{"name": name, "value": value, "url": self.url}])
        self.contexts.append(context)
        context.on("page", self._watch)
        return context.new_page()

    def expect_errors(self, pattern: str) -> None:
        """Errors that match are part of this test, e.g. those of a page that is offline."""
        self.expected.append(re.compile(pattern))

    def _watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self._note(f"uncaught: {error}"))
        page.on(
            "console",
            lambda message: (
                self._note(f"console: {message.text} ({message.location.get('url')})")
                if message.type == "error"
                else None
            ),
        )
        page.on("request", lambda request: self._check_host(request.url))

    def _check_host(self, url: str) -> None:
        parts = urlsplit(url)
        own = {urlsplit(address).netloc for address in (self.url, settings.S3_PUBLIC_URL or "")}
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc not in own:
            self._note(f"request to another host: {url}")

    def _note(self, fault: str) -> None:
        self.faults.append(fault)

    def unexpected(self) -> list[str]:
        """The faults so far that no `expect_errors` covers."""
        return [
            fault
            for fault in self.faults
            if not any(pattern.search(fault) for pattern in self.expected)
        ]

    def keep_pictures(self, name: str) -> list[Path]:
        """A screenshot of every open page, for a failed test."""
        OUTPUT.mkdir(parents=True, exist_ok=True)
        kept = []
        for number, context in enumerate(self.contexts):
            for page in context.pages:
                path = OUTPUT / f"{name}-{number}.png"
                page.screenshot(path=path)
                kept.append(path)
        return kept

    def close(self) -> None:
        for context in self.contexts:
            context.close()


def sign_in(page: Page, username: str, password: str) -> None:
    """Sign in by the form, as a person does."""
    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill(username)
    page.locator("input[name=password]").fill(password)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(lambda url: "/accounts/login" not in url)


def assert_accessible(page: Page, leave_out: Callable[[str], bool] = lambda rule: False) -> None:
    """axe finds nothing on the page as it is now. `leave_out(rule)` skips a rule by its id."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", AXE_TAGS
    )
    problems = [
        {
            "rule": each["id"],
            "help": each["help"],
            "where": [node["html"][:200] for node in each["nodes"][:5]],
        }
        for each in found["violations"]
        if not leave_out(each["id"])
    ]
    assert not problems, f"{page.url}\n{json.dumps(problems, ensure_ascii=False, indent=1)}"
