from typing import Any

from django.core.management.base import BaseCommand

from archive.indexing import catch_up
from archive.models import Entry, Follower


class Command(BaseCommand):
    help = "Make the search index anew from the database. Searching goes on meanwhile."

    def handle(self, *args: Any, **options: Any) -> None:
        Follower.objects.update(seq=0)
        meetings = 0
        while done := catch_up():
            meetings += done
        self.stdout.write(f"{meetings} meetings, {Entry.objects.count()} entries")
