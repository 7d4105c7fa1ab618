"""`manage.py verify_archive`: read the whole archive again and say what is missing or changed."""

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from archive import keeping
from townships.models import County


class Command(BaseCommand):
    help = (
        "Read every file of closed meetings again and compare it with the signed manifests; check "
        "the manifests' chain and signatures, and the words in the database. Exit status 1 when "
        "something is missing or changed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--county", help="only this county")
        parser.add_argument(
            "--hours",
            type=float,
            default=0,
            help="leave out files read within so many hours: goes on after an interruption",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        counties = County.objects.all()
        if options["county"]:
            counties = counties.filter(name=options["county"])
            if not counties:
                raise CommandError(f"There is no county {options['county']}.")
        since = timezone.now() - dt.timedelta(hours=options["hours"])
        bad = 0
        for county in counties:
            *_, report = keeping.check_all(county.pk, unread_since=since)
            waiting = keeping.waiting().filter(county=county).count()
            self.stdout.write(
                f"{county}: {report.files} files read, {report.bytes} bytes, "
                f"{len(report.problems)} problems, {waiting} meetings not signed yet"
            )
            for problem in report.problems:
                self.stdout.write(f"  {problem}")
            bad += len(report.problems)
        if bad:
            raise CommandError(f"{bad} problems.", returncode=1)
