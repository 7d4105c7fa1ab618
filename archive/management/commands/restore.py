"""`manage.py restore FILE`: bring a backup back into an empty installation."""

from typing import Any

from django.core.management.base import CommandError

from townships.models import County

from .import_county import Command as ImportCommand


class Command(ImportCommand):
    help = "Bring a backup back into an empty installation (after `manage.py migrate`)."

    def handle(self, *args: Any, **options: Any) -> None:
        if County.objects.exists():
            raise CommandError("This installation is not empty. Restore into an empty one.")
        super().handle(*args, **options)
