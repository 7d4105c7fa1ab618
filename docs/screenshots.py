"""Takes the README's pictures anew: `make screenshots` (`python -m docs.screenshots`).

Starts the hub on a small demo county in a temporary folder, lets the worker make the pictures of
the live meeting's decks, opens the pages in Chromium and keeps them as WebP in docs/pictures/.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
MOST_BYTES = 150_000
LAPTOP: ViewportSize = {"width": 1280, "height": 720}
PHONE: ViewportSize = {"width": 360, "height": 740}
SLIDE = 4  # the first with something to look at
MONTHS = "4"


@contextmanager
def hub(folder: str) -> Iterator[str]:
    """A server and a worker on demo data in the folder; the server's address."""
    from tests.servers import free_ports, wait_for_port

    [port] = free_ports(1)
    environment = os.environ | {"DEBUG": "1", "DATA_DIR": folder}
    manage = [sys.executable, "manage.py"]
    for command in (["migrate", "--verbosity", "0"], ["demo", "--months", MONTHS]):
        subprocess.run([*manage, *command], cwd=ROOT, env=environment, check=True)
    place = f"tcp:port={port}:interface=127.0.0.1"
    commands = (
        [sys.executable, "-m", "realtime.server", "-e", place, "asgi:application"],
        [*manage, "worker"],
    )
    log = (Path(folder) / "processes.log").open("ab")
    children = [
        subprocess.Popen(each, cwd=ROOT, env=environment, stdout=log, stderr=log)
        for each in commands
    ]
    try:
        if not wait_for_port(port, 60, lambda: children[0].poll() is None):
            raise SystemExit("The server did not start.")
        yield f"http://127.0.0.1:{port}"
    finally:
        for child in children:
            child.terminate()
        for child in children:
            child.wait(30)
        log.close()


def sign_in(browser: Browser, url: str, username: str, size: ViewportSize) -> Page:
    """A page of somebody of the demo county."""
    from hub.demo.places import PASSWORD

    context = browser.new_context(
        base_url=url, viewport=size, locale="zh-CN", timezone_id="Asia/Shanghai"
    )
    page = context.new_page()
    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill(username)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(lambda address: "/accounts/login" not in address)
    return page


def wait_for_decks(page: Page, meeting: str, limit: float = 900) -> None:
    """Until every file of the meeting is ready: no picture shows empty frames."""
    until = time.monotonic() + limit
    while time.monotonic() < until:
        materials = page.request.get(f"/api/v1/meetings/{meeting}/materials").json()
        states = {(each.get("current") or {}).get("state") for each in materials["materials"]}
        if states == {"ready"}:
            return
        time.sleep(2)
    raise SystemExit("The decks of the live meeting were not ready in time.")


def shot(page: Page) -> Image.Image:
    """The page as it is once fonts, pictures and the socket are there."""
    page.wait_for_timeout(2500)
    page.wait_for_function("() => !document.querySelector('#toasts > *')")
    return Image.open(BytesIO(page.screenshot())).convert("RGB")


def keep(picture: Image.Image, name: str) -> None:
    """As WebP, in the best quality that stays under MOST_BYTES."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for quality in (86, 78, 70, 60, 50):
        out = BytesIO()
        picture.save(out, "WEBP", quality=quality, method=6)
        if out.tell() < MOST_BYTES:
            break
    (PICTURES / f"{name}.webp").write_bytes(out.getvalue())
    print(f"docs/pictures/{name}.webp: {out.tell() // 1024} KB")


def beside(laptop: Image.Image, phone: Image.Image) -> Image.Image:
    """The room on a laptop, and the same moment on a phone at its lower right corner."""
    margin, edge = 40, 8
    small = phone.resize((phone.width * 3 // 4, phone.height * 3 // 4), Image.Resampling.LANCZOS)
    paper = Image.new(
        "RGB", (laptop.width + 2 * margin + 190, laptop.height + 2 * margin), "#efe8dd"
    )
    paper.paste(laptop, (margin, margin))
    left, top = paper.width - small.width - margin // 2, paper.height - small.height - margin // 2
    frame = (left - edge, top - edge, left + small.width + edge, top + small.height + edge)
    paper.paste("#2a2521", frame)
    paper.paste(small, (left, top))
    return paper


def turn_to(page: Page, meeting: str, number: int) -> None:
    """The host turns the slide on the big screen."""
    token = page.locator("meta[name=csrf-token]").first.get_attribute("content") or ""
    answer = page.request.put(
        f"/api/v1/meetings/{meeting}/screen",
        data={"mode": "slide", "page": number},
        headers={"X-CSRFToken": token, "Referer": page.url},
    )
    assert answer.ok, answer.text()


def main() -> None:
    from tests.browser.pages import launch

    with tempfile.TemporaryDirectory() as folder, hub(folder) as url, sync_playwright() as player:
        browser = launch(player)
        host = sign_in(browser, url, "zuzhi", LAPTOP)
        host.goto("/")
        link = host.locator("a[href$='/room/']").first.get_attribute("href") or ""
        meeting = link.split("/")[2]
        host.goto("/archive/")
        kept = host.locator("a[href*='/archive/meetings/']").first.get_attribute("href") or ""
        for each in (meeting, kept.split("/")[3]):
            wait_for_decks(host, each)
        turn_to(host, meeting, SLIDE)
        rooms = [sign_in(browser, url, "heshu", size) for size in (LAPTOP, PHONE)]
        for room in rooms:
            room.goto(link)
        keep(beside(*(shot(room) for room in rooms)), "room")
        for name, address in (("home", "/"), ("archive", "/archive/")):
            host.goto(address)
            keep(shot(host), name)
        browser.close()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.settings")
    with tempfile.TemporaryDirectory() as own:
        os.environ.setdefault("DEBUG", "1")
        os.environ.setdefault("DATA_DIR", own)
        import django

        django.setup()
        main()
