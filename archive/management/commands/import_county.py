"""`manage.py import_county FILE`: read in what `export_county` wrote, all or nothing."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from archive.exchange import read_export
from townships.problems import Problem


class Command(BaseCommand):
    help = "Read an export in. Everything is checked first; on any problem nothing is changed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = read_export(options["file"])
        except Problem as problem:
            raise CommandError(problem.detail) from problem
        names = ", ".join(done.counties)
        self.stdout.write(f"{names}: {done.rows} rows, {done.files} files, {done.bytes} bytes")
