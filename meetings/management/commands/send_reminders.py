"""`manage.py send_reminders`: plan what is due and send every mail that waits, once, without a worker."""

from typing import Any

from django.core.management.base import BaseCommand

from meetings.calendars import post as invitations
from meetings.letters import post as letters
from meetings.reminders.outbox import send_waiting
from meetings.reminders.planning import plan_due


class Command(BaseCommand):
    help = "Plan the reminders that are due, send all mails that wait, then stop (the worker does both by itself)."

    def handle(self, *args: Any, **options: Any) -> None:
        planned = plan_due()
        sent = send_waiting() + letters.send_waiting() + invitations.send_waiting()
        self.stdout.write(f"planned {planned}, sent {sent}")
