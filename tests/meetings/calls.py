"""A county that calls for materials, and a real SMTP server that counts what it gets."""

import datetime as dt
import json
import threading
import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from django.utils import timezone

from meetings.models import CallPlan, Meeting, ReminderRule
from tests.people import make_meeting

LONG_AGO = dt.timedelta(days=30)


class Postbox:
    """A handler of aiosmtpd: keeps every message it accepted, and can be told to misbehave.

    `answer`: what it says after a message ("" = accept). `refused`: addresses it does not know.
    `slow`: seconds it waits after it has taken a message, before it answers; `arrived` is set when
    the message is in.
    """

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.envelopes: list[Any] = []
        self.answer = ""
        self.refused: set[str] = set()
        self.slow = 0.0
        self.slow_before = 0.0
        self.arrived = threading.Event()
        self.asked = threading.Event()

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        import asyncio

        self.asked.set()
        await asyncio.sleep(self.slow_before)
        if address in self.refused:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        import asyncio

        if self.answer:
            return self.answer
        self.envelopes.append(envelope)
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        self.arrived.set()
        await asyncio.sleep(self.slow)
        return "250 OK"

    @property
    def readers(self) -> list[str]:
        """Who got a message, as often as they got one, in alphabetical order."""
        return sorted(address for one in self.envelopes for address in one.rcpt_tos)

    def text(self, address: str) -> str:
        """The newest message to an address: its subject, an empty line, its text."""
        found = [
            message
            for message, envelope in zip(self.messages, self.envelopes, strict=True)
            if address in envelope.rcpt_tos
        ]
        return f"{found[-1]['subject']}\n\n{found[-1].get_content()}"


class MailServer:
    """aiosmtpd on a free port of this machine; can go away and come back on the same port."""

    def __init__(self, port: int) -> None:
        self.box = Postbox()
        self.port = port
        self.controller: Controller | None = None
        self.start()

    def start(self) -> None:
        self.controller = Controller(self.box, hostname="127.0.0.1", port=self.port)
        self.controller.start()

    def stop(self) -> None:
        if self.controller is not None:
            self.controller.stop()
            self.controller = None
            time.sleep(0.05)


def called(county: Any, *, due_in: dt.timedelta, **fields: Any) -> Meeting:
    """An announced meeting whose materials are due in so long; announced a month ago."""
    due = timezone.now() + due_in
    return make_meeting(
        county,
        fields.pop("status", "announced"),
        **{
            "starts_at": due + dt.timedelta(days=1),
            "deadline": due,
            "announced_at": timezone.now() - LONG_AGO,
            **fields,
        },
    )


def plan_of(county: Any, *minutes: int, **fields: Any) -> CallPlan:
    """The county's plan with rules that were made long ago; no quiet hours unless given."""
    plan = CallPlan.objects.create(county=county, **fields)
    for number in minutes:
        ReminderRule.objects.create(
            plan=plan, minutes_before=number, created_at=timezone.now() - LONG_AGO
        )
    return plan


class Robot:
    """A web server that plays the robot of a chat program."""

    def __init__(self):
        self.got, self.answers, self.slow, self.moved = [], [], 0.0, ""
        robot = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                robot.got.append((self.path, body.decode()))
                time.sleep(robot.slow)
                status, answer = robot.answers.pop(0) if robot.answers else (200, {"errcode": 0})
                try:
                    self.send_response(status)
                    if robot.moved:
                        self.send_header("Location", robot.moved)
                    self.end_headers()
                    self.wfile.write(json.dumps(answer).encode())
                except BrokenPipeError:
                    pass

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
