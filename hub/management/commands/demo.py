"""`manage.py demo`: load the demo counties."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from hub.demo.forget import forget
from hub.demo.load import MONTHS, AlreadyLoaded, load


class Command(BaseCommand):
    help = "Load the demo counties: two years of meetings, one live today, one for next month."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--months", type=int, default=MONTHS, help="closed meetings (default: 24)"
        )
        parser.add_argument(
            "--reset",
            action="store_true",
            help="delete the demo counties first, with all their data",
        )

    def handle(self, *args: Any, months: int, reset: bool, **options: Any) -> None:
        if not 1 <= months <= 120:
            raise CommandError("--months: between 1 and 120")
        if reset:
            forget()
        say = self.stdout.write if options["verbosity"] else lambda line: None
        began = time.monotonic()
        try:
            load(months=months, say=lambda line: say(f"  {line}"))
        except AlreadyLoaded:
            raise CommandError(
                "The demo counties are there already. `manage.py demo --reset` deletes them, with "
                "everything in them, and loads them anew."
            ) from None
        say(f"  loaded in {time.monotonic() - began:.0f} s")
