"""`manage.py backup FILE`: all counties with their files, people and passwords, while people work."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from archive.exchange import write_export
from archive.files_out import written_whole
from townships.models import County


class Command(BaseCommand):
    help = (
        "Write everything of this installation into one ZIP, for `manage.py restore`. The file holds "
        "password hashes: keep it like the database itself. Keep SECRET_KEY too, apart from it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        with written_whole(options["file"]) as out:
            done = write_export(list(County.objects.order_by("pk")), out, secrets=True)
        self.stdout.write(
            f"{len(done.counties)} counties, {done.rows} rows, {done.files} files, {done.bytes} bytes"
        )
        if done.missing:
            raise CommandError(f"{len(done.missing)} files are missing in storage.", returncode=1)
