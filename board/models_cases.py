"""Categories of a county, and cases: the life of a problem or a practice across the months."""

import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from meetings.models import AgendaItem, Meeting
from townships.models import County, Township
from townships.permissions import Action

if TYPE_CHECKING:
    from townships.actors import Actor


class CategoryQuerySet(models.QuerySet["Category"]):
    def visible_to(self, actor: "Actor") -> "CategoryQuerySet":
        """The categories of the actor's county, also those that are no longer offered."""
        return self.filter(county_id=actor.county_id) if actor.signed_in else self.none()


class Category(models.Model):
    """What an entry is about, in the county's own words; an aspect has a category as `parent`.

    One that entries were filed under is never deleted: it is archived and offered no more.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    county = models.ForeignKey(County, on_delete=models.PROTECT, related_name="categories")
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="aspects"
    )
    name = models.CharField(_("name"), max_length=40)
    position = models.PositiveSmallIntegerField(default=0)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = CategoryQuerySet.as_manager()

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["position", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "name"],
                condition=Q(parent__isnull=True),
                name="category_name_once_per_county",
            ),
            models.UniqueConstraint(fields=["parent", "name"], name="aspect_once_per_category"),
        ]

    def __str__(self) -> str:
        return self.name


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, actor: "Actor") -> "CaseQuerySet":
        """The cases of the actor's county; guests are let into one meeting only."""
        if not actor.signed_in or actor.guest_meeting_id:
            return self.none()
        return self.filter(county_id=actor.county_id)

    def still_open(self) -> "CaseQuerySet":
        return self.filter(status__in=Case.OPEN)


class Case(models.Model):
    """A problem or a practice followed from meeting to meeting until it is solved or dropped.

    `responsible` is a person of the county, or only a name (`responsible_name`, kept also when the
    person is gone). `solved_by` is the practice that solved a problem.
    """

    class Kind(models.TextChoices):
        PROBLEM = "problem", _("problem")
        PRACTICE = "practice", _("practice")

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        RUNNING = "running", _("being worked on")
        SOLVED = "solved", _("solved")
        DROPPED = "dropped", _("dropped")

    OPEN = ("open", "running")
    seen_by = Action.SEE_CASE

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    county = models.ForeignKey(County, on_delete=models.PROTECT, related_name="cases")
    township = models.ForeignKey(
        Township, on_delete=models.PROTECT, null=True, blank=True, related_name="cases"
    )
    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, null=True, blank=True, related_name="cases"
    )
    kind = models.CharField(max_length=8, choices=Kind.choices)
    title = models.CharField(_("title"), max_length=200)
    status = models.CharField(max_length=7, choices=Status.choices, default=Status.OPEN)
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="cases",
    )
    responsible_name = models.CharField(_("who sees to it"), max_length=100, blank=True)
    due = models.DateField(_("due"), null=True, blank=True)
    opened_in = models.ForeignKey(
        Meeting, on_delete=models.SET_NULL, null=True, related_name="opened_cases"
    )
    outcome = models.TextField(_("outcome"), blank=True, max_length=2000)
    solved_by = models.ForeignKey(
        "board.Post", on_delete=models.SET_NULL, null=True, blank=True, related_name="solved"
    )
    created_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        ordering = ["-created_at", "id"]
        indexes = [models.Index(fields=["county", "status", "due"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["open", "running"], closed_at__isnull=True)
                | Q(status__in=["solved", "dropped"], closed_at__isnull=False),
                name="case_closed_at_when_solved_or_dropped",
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN


class CaseStep(models.Model):
    """One line of a case's history. Lines are only ever added."""

    class Kind(models.TextChoices):
        OPENED = "opened", _("opened")
        CARRIED = "carried", _("put on a meeting")
        ASSIGNED = "assigned", _("assigned")
        UNASSIGNED = "unassigned", _("assignment taken back")
        STATUS = "status", _("status changed")
        CHANGED = "changed", pgettext_lazy("case", "changed")
        NOTE = "note", pgettext_lazy("case", "note")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="steps")
    meeting = models.ForeignKey(Meeting, on_delete=models.SET_NULL, null=True, related_name="+")
    post = models.ForeignKey("board.Post", on_delete=models.SET_NULL, null=True, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    text = models.TextField(blank=True, max_length=2000)
    data = models.JSONField(default=dict)
    actor_name = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["created_at", "id"]


class CaseDiscussion(models.Model):
    """A meeting the case was or will be discussed at; `item`: the agenda item for the open cases."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="discussions")
    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="discussions")
    item = models.ForeignKey(AgendaItem, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["case", "meeting"], name="case_once_per_meeting")
        ]
