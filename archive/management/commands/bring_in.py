"""`manage.py bring_in COUNTY PATH`: old meetings from a folder tree or a ZIP; looks first."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from archive import old_bring, old_summary
from archive.models import OldImport
from townships.actors import system_actor
from townships.models import County
from townships.problems import Problem


class Command(BaseCommand):
    help = (
        "Bring old meetings in from a folder tree or a ZIP: year/month/township/files. Without --yes "
        "it only says what would become of every file. After an interruption the same command goes on."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("county")
        parser.add_argument("path", type=Path)
        parser.add_argument("--yes", action="store_true", help="carry it out")
        parser.add_argument("--all", action="store_true", help="name every file that is left out")

    def handle(self, *args: Any, **options: Any) -> None:
        county = County.objects.filter(name=options["county"]).first()
        if county is None:
            raise CommandError(f"There is no county {options['county']}.")
        self.actor = system_actor(county.pk)
        try:
            found = old_bring.begin_here(actor=self.actor, path=options["path"].resolve())
            self.bring(found, options)
        except Problem as problem:
            raise CommandError(problem.detail) from problem

    def bring(self, found: OldImport, options: dict[str, Any]) -> None:
        goes_on = found.state == OldImport.State.RUNNING
        if not goes_on:
            found = old_bring.look(found)
            if found.state == OldImport.State.REFUSED:
                raise CommandError(found.reason)
        for line in old_summary.lines(old_summary.summary(found), every=options["all"]):
            self.stdout.write(line)
        if not options["yes"]:
            if not goes_on:
                old_bring.drop(actor=self.actor, import_id=found.pk)
            self.stdout.write("Nothing was brought in. Add --yes to carry it out.")
            return
        if not goes_on:
            found = old_bring.confirm(actor=self.actor, import_id=found.pk)
        count = old_bring.run(found)
        self.stdout.write(f"{count} meetings brought in. The worker makes their pictures now.")
