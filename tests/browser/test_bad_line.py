"""300 MB over a line that is cut ten times: the page goes on by itself, and the hash is right."""

import hashlib
import os
import random
from pathlib import Path
from typing import Any

import pytest

from meetings.models import Meeting
from tests.people import make_item
from tests.processes import Server
from tests.proxy import Line
from townships.actors import Actor
from townships.models import Township
from uploads.models import Version

MB = 1_000_000
SIZE = int(os.environ.get("LIHUI_BAD_LINE_MB", "300")) * MB


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_ten_cuts_cost_nothing(
    browser: Any,
    start_server: Any,
    daphne_server: Server,
    member: Actor,
    meeting: Meeting,
    township: Township,
    tmp_path: Path,
) -> None:
    make_item(meeting, township)
    deck = tmp_path / "青石镇汇报.pptx"
    digest = hashlib.sha256()
    source = random.Random(5)
    with deck.open("wb") as out:
        for number in range(SIZE // MB):
            piece = (b"PK\x03\x04" if number == 0 else b"") + source.randbytes(MB)
            piece = piece[:MB]
            out.write(piece)
            digest.update(piece)
    # Whichever connection carries the byte that makes a fifteenth full is cut, ten times in all.
    line = Line(daphne_server.port, cut_after=SIZE // 15, cuts=10)
    server = start_server(ORIGINS=line.url)
    line.target = server.port
    try:
        page = browser(member)
        browser.expect_errors(r"net::ERR|WebSocket|Failed to fetch|NetworkError")
        browser.expect_errors(rf"request to another host: (http|ws)://127.0.0.1:{line.port}/")
        sessions = [{**cookie, "url": line.url} | {} for cookie in page.context.cookies()]
        for cookie in sessions:
            for key in ("domain", "path"):
                cookie.pop(key, None)
        page.context.add_cookies(sessions)
        page.goto(f"{line.url}/meetings/{meeting.pk}/slots/{township.pk}/deck/")
        page.wait_for_selector("[data-uploader]:not([hidden])")
        page.set_input_files("#file", str(deck))
        page.wait_for_selector("[data-state=received]", state="attached", timeout=500_000)
    finally:
        line.close()
    assert line.done == 10
    version = Version.objects.get()
    assert (version.size, version.sha256) == (SIZE, digest.hexdigest())
    # What was cut off was sent again: of each cut at most a chunk and what was on its way, and once more by the
    # browser itself, which repeats a request whose kept connection was closed without an answer.
    assert line.sent < SIZE + 10 * 18 * MB
