"""`manage.py export_county NAME FILE`: everything of a county in one documented file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from archive.exchange import write_export
from archive.files_out import written_whole
from townships.models import County


class Command(BaseCommand):
    help = (
        "Write everything of a county, files included, into one ZIP (see docs/archive-format.md)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("county")
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        county = County.objects.filter(name=options["county"]).first()
        if county is None:
            raise CommandError(f"There is no county {options['county']}.")
        with written_whole(options["file"]) as out:
            done = write_export([county], out)
        self.stdout.write(f"{county}: {done.rows} rows, {done.files} files, {done.bytes} bytes")
        if done.missing:
            raise CommandError(f"{len(done.missing)} files are missing in storage.", returncode=1)
