"""The month: series, meetings, their agenda, and the numbered log of everything that happens."""

import datetime as dt
import uuid
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from townships.models import County, Membership, Township
from townships.permissions import Action

if TYPE_CHECKING:
    from townships.actors import Actor


class Series(models.Model):
    """A rule that makes meetings, e.g. the 25th of each month at 9:00 in the county's time zone."""

    class Weekend(models.TextChoices):
        STAY = "stay", _("keep the date")
        BEFORE = "before", _("move to the working day before")
        AFTER = "after", _("move to the working day after")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    county = models.ForeignKey(County, on_delete=models.PROTECT, related_name="series")
    name = models.CharField(_("name"), max_length=100)
    rule = models.CharField(_("rule"), max_length=200, help_text="RFC 5545 RRULE")
    starts_on = models.DateField(_("first day"))
    time = models.TimeField(_("time"), default=dt.time(9, 0))
    minutes = models.PositiveSmallIntegerField(_("length in minutes"), default=180)
    venue = models.CharField(_("venue"), max_length=200, blank=True)
    language = models.CharField(
        _("language"), max_length=10, choices=settings.LANGUAGES, blank=True
    )
    weekend = models.CharField(
        _("on a free day"), max_length=6, choices=Weekend.choices, default=Weekend.STAY
    )
    deadline_days = models.PositiveSmallIntegerField(_("materials due, days before"), default=2)
    active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("series")
        verbose_name_plural = _("series")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.county.time_zone)


class MeetingQuerySet(models.QuerySet["Meeting"]):
    def visible_to(self, actor: "Actor") -> "MeetingQuerySet":
        """The meetings the actor may know of: of their county; drafts for organisers only."""
        if actor.role is None:
            return self.none()
        found = self.filter(county_id=actor.county_id)
        if actor.is_staff:
            return found
        if actor.is_screen:
            return found.filter(
                ~Q(screen_key=""),
                pk=actor.guest_meeting_id,
                status__in=[Meeting.Status.ANNOUNCED, Meeting.Status.LIVE],
                screen_key=actor.guest_code,
            )
        if actor.guest_meeting_id:
            return found.filter(
                ~Q(join_code=""),
                pk=actor.guest_meeting_id,
                status=Meeting.Status.LIVE,
                allows_guests=True,
                join_code=actor.guest_code,
            )
        return found.exclude(status=Meeting.Status.DRAFT)


class Meeting(models.Model):
    """One gathering: draft -> announced -> live -> closed (closed = archived, frozen).

    `last_seq` numbers its events; whoever writes into a meeting first locks its row, so the numbers
    have no gaps and readers never see a later one before an earlier one. What the hall sees is
    `screen_mode` with, for a slide, the material, the version on show and the page.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        ANNOUNCED = "announced", _("announced")
        LIVE = "live", _("live")
        CLOSED = "closed", _("closed")

    class ScreenMode(models.TextChoices):
        SLIDE = "slide", _("slide")
        BOARD = "board", _("board")
        JOIN = "join", _("join code")
        BLANK = "blank", _("blank")
        POLL = "poll", _("poll")
        CHECK = "check", _("Check in")

    seen_by = Action.SEE_MEETING

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    county = models.ForeignKey(County, on_delete=models.PROTECT, related_name="meetings")
    series = models.ForeignKey(
        Series, on_delete=models.SET_NULL, null=True, blank=True, related_name="meetings"
    )
    series_day = models.DateField(
        null=True, blank=True, help_text="the rule's day this meeting stands for, even when moved"
    )
    title = models.CharField(_("title"), max_length=200)
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    venue = models.CharField(_("venue"), max_length=200, blank=True)
    note = models.TextField(_("note"), blank=True)
    deadline = models.DateTimeField(_("materials due"), null=True, blank=True)
    grace_minutes = models.PositiveIntegerField(_("grace in minutes"), default=0)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    allows_guests = models.BooleanField(_("let guests in"), default=False)
    approve_first = models.BooleanField(_("entries wait for approval"), default=False)
    join_code = models.CharField(max_length=6, blank=True)
    last_seq = models.PositiveBigIntegerField(default=0)

    screen_mode = models.CharField(
        max_length=5, choices=ScreenMode.choices, default=ScreenMode.JOIN
    )
    screen_material_id = models.UUIDField(null=True)
    screen_version_id = models.UUIDField(null=True)
    screen_page = models.PositiveIntegerField(null=True)
    screen_poll_id = models.UUIDField(null=True)
    screen_key = models.CharField(
        max_length=10, blank=True, help_text="opens the hall's screen without signing in"
    )
    current_item = models.ForeignKey(
        "AgendaItem", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    created_at = models.DateTimeField(auto_now_add=True)
    announced_at = models.DateTimeField(null=True)
    called_off_at = models.DateTimeField(null=True)
    called_off_reason = models.CharField(max_length=200, blank=True)
    notice = models.PositiveIntegerField(
        default=0,
        help_text="number of the newest notice: 0 before the first; in calendars SEQUENCE",
    )
    notice_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    objects = MeetingQuerySet.as_manager()

    class Meta:
        verbose_name = _("meeting")
        ordering = ["-starts_at"]
        indexes = [models.Index(fields=["county", "-starts_at"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="meeting_ends_after_it_starts"
            ),
            models.UniqueConstraint(
                fields=["join_code"], condition=~Q(join_code=""), name="join_code_once"
            ),
            models.UniqueConstraint(
                fields=["series", "starts_at"], name="series_makes_a_meeting_once"
            ),
            models.UniqueConstraint(
                fields=["series", "series_day"], name="series_makes_a_day_once"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_live(self) -> bool:
        return self.status == self.Status.LIVE

    @property
    def is_closed(self) -> bool:
        return self.status == self.Status.CLOSED

    @property
    def is_open(self) -> bool:
        """Live or closed: its materials may be seen by the county."""
        return self.status in (self.Status.LIVE, self.Status.CLOSED)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.county.time_zone)

    @property
    def due_at(self) -> dt.datetime:
        """When materials are due: the deadline, or the start where none is set."""
        return self.deadline or self.starts_at

    @cached_property
    def own_dues(self) -> dict[tuple[uuid.UUID, str], dt.datetime]:
        """When each slot is due that an agenda item asks for (one query).

        Pages about many meetings fill it for all of them at once (`expected.load_dues`).
        """
        from .expected import load_dues

        return load_dues([self])[self.pk]

    def due_of(self, township_id: uuid.UUID, kind: str) -> dt.datetime:
        """When a township's deck or manuscript is due: what its agenda item says, else the meeting's."""
        return self.own_dues.get((township_id, kind), self.due_at)

    @property
    def grace_until(self) -> dt.datetime:
        """Until when townships may still hand in by themselves: late, and marked so."""
        return self.due_at + dt.timedelta(minutes=self.grace_minutes)

    def is_past_grace(
        self, township_id: uuid.UUID, kind: str, now: dt.datetime | None = None
    ) -> bool:
        """Whether a township can no longer hand in by itself, unless it was given more time."""
        until = self.due_of(township_id, kind) + dt.timedelta(minutes=self.grace_minutes)
        return (now or timezone.now()) > until


class AgendaItem(models.Model):
    """One step of a meeting, with the township that presents and what is expected of it.

    `started_at` is when it began first, `ended_at` when it was left last. It may be left and taken
    up again: `resumed_at` is when it began running now (None while it does not), `used_seconds` what
    the runs before took.
    """

    class Kind(models.TextChoices):
        PRESENTATION = "presentation", _("presentation")
        MANUSCRIPT = "manuscript", _("manuscript exchange")
        EXPERIENCE = "experience", _("experience talk")
        DISCUSSION = "discussion", _("discussion")
        OTHER = "other", _("other")

    seen_by = Action.SEE_MEETING

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="agenda")
    position = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    title = models.CharField(_("title"), max_length=200, blank=True)
    township = models.ForeignKey(
        Township,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="agenda_items",
        verbose_name=_("township"),
    )
    presenter = models.CharField(_("presenter"), max_length=100, blank=True)
    minutes = models.PositiveSmallIntegerField(_("minutes"), default=10)
    expects_deck = models.BooleanField(_("deck expected"), default=False)
    expects_manuscript = models.BooleanField(_("manuscript expected"), default=False)
    due_at = models.DateTimeField(
        _("materials due"), null=True, blank=True, help_text="empty: when the meeting's are"
    )
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    resumed_at = models.DateTimeField(null=True, blank=True)
    used_seconds = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("agenda item")
        ordering = ["position", "id"]
        indexes = [models.Index(fields=["meeting", "position"])]

    def __str__(self) -> str:
        return self.title or capfirst(self.get_kind_display())

    @property
    def county_id(self) -> uuid.UUID:
        return self.meeting.county_id

    def begin(self, moment: dt.datetime) -> None:
        """Run from this moment on."""
        self.started_at = self.started_at or moment
        self.resumed_at, self.ended_at = moment, None
        self.save(update_fields=["started_at", "resumed_at", "ended_at"])

    def leave(self, moment: dt.datetime) -> None:
        """Run no longer; what this run took is kept."""
        self.used_seconds = self.seconds_used(moment)
        self.resumed_at, self.ended_at = None, moment
        self.save(update_fields=["used_seconds", "resumed_at", "ended_at"])

    def seconds_used(self, now: dt.datetime | None = None) -> int:
        """How long it took so far, all runs together."""
        if self.resumed_at is None:
            return self.used_seconds
        run = (now or timezone.now()) - self.resumed_at
        return self.used_seconds + max(0, round(run.total_seconds()))


class Event(models.Model):
    """One numbered change in a meeting. It stores kind and object, never content.

    `township` names the only township (beside organisers) that may learn of it while the meeting
    has not opened, for kinds that are private until then.
    """

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="events")
    seq = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=40)
    object_id = models.UUIDField(null=True)
    township = models.ForeignKey(Township, on_delete=models.PROTECT, null=True, related_name="+")
    actor = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ["meeting", "seq"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "seq"], name="event_number_once_per_meeting")
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.kind}"


# The month's other tables live beside; they name these models, so they come last.
from .models_attendance import Absence, Attendance, Leave  # noqa: E402
from .models_letters import Letter  # noqa: E402
from .models_month import (  # noqa: E402
    CalendarKey,
    CalendarMail,
    NoticePrint,
    NoticeReceipt,
    SeriesDay,
    Turn,
    TurnSwap,
)
from .models_reminders import (  # noqa: E402
    CallPlan,
    ChatGroup,
    Reminder,
    ReminderChoice,
    ReminderRule,
)

__all__ = [
    "Absence",
    "AgendaItem",
    "Attendance",
    "CalendarKey",
    "CalendarMail",
    "CallPlan",
    "ChatGroup",
    "Event",
    "Leave",
    "Letter",
    "Meeting",
    "MeetingQuerySet",
    "NoticePrint",
    "NoticeReceipt",
    "Reminder",
    "ReminderChoice",
    "ReminderRule",
    "Series",
    "SeriesDay",
    "Turn",
    "TurnSwap",
]
