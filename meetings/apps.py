from typing import Any

from django.apps import AppConfig


def take_over_grace(meeting: Any, **_: Any) -> None:
    """A new meeting of a series has the grace of its series' call for materials."""
    from .reminders.planning import plans_of

    plan = plans_of([meeting]).get(meeting.pk)
    if plan is not None and plan.grace_minutes:
        meeting.grace_minutes = plan.grace_minutes
        meeting.save(update_fields=["grace_minutes"])


def close_sheet(meeting: Any, **_: Any) -> None:
    from . import attendance

    attendance.close_sheet(meeting)


class MeetingsConfig(AppConfig):
    name = "meetings"

    def ready(self) -> None:
        from .signals import meeting_closed, meeting_made

        meeting_made.connect(take_over_grace, dispatch_uid="meetings.take_over_grace")
        meeting_closed.connect(close_sheet, dispatch_uid="meetings.close_sheet")
