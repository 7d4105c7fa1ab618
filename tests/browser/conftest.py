"""Browser fixtures: one Chromium for the run, `browser(actor, viewport)` opens pages."""

import os
import re
from collections.abc import Generator, Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from ..processes import Server
from .pages import AXE, Browsers, chromium_path, launch

expect.set_options(timeout=20_000)  # waits for a condition, not for a quick machine

FAILED = pytest.StashKey[bool]()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Chromium, started once. Missing, it skips with the reason; with CI=true it fails."""
    missing = None
    if chromium_path() is None:
        missing = "Chromium is not installed"
    elif not AXE.exists():
        missing = "axe-core is not installed (npm ci)"
    if missing and os.environ.get("CI") == "true":
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)
    # Playwright's loop lives in this thread; the fixtures' own database work beside it is meant.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def browser(
    chromium: Browser, daphne_server: Server, request: pytest.FixtureRequest
) -> Iterator[Browsers]:
    """`browser(member, "phone")`: a page signed in as the member on the real server."""
    browsers = Browsers(chromium, daphne_server.url)
    yield browsers
    unexpected = browsers.unexpected()
    if unexpected or request.node.stash.get(FAILED, False):
        name = re.sub(r"[^\w.-]+", "_", request.node.name)
        for picture in browsers.keep_pictures(name):
            print(f"picture of the failure: {picture}")
        print(daphne_server.output()[-3000:])
    browsers.close()
    assert not unexpected, "\n".join(unexpected)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember that the test itself failed, for the fixture's end."""
    report = yield
    if report.when == "call" and report.failed:
        item.stash[FAILED] = True
    return report
