"""`manage.py worker`: converts what comes in, and does what has to be done regularly."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from uploads.worker import Worker, convert_one, run_due_steps


class Command(BaseCommand):
    help = "Convert uploaded files to pages and run the periodic steps, until SIGTERM or Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--once",
            action="store_true",
            help="convert what is waiting now, then stop (archive copies are left to the worker)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        if options["once"]:
            run_due_steps()
            while not stop.is_set() and convert_one(stop):
                pass
            return
        Worker(stop).run()
