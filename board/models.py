"""The board: problems, practices and questions, what is said to them, and who joins in."""

import datetime as dt
import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from meetings.models import Meeting
from townships.models import Membership, Township
from townships.permissions import Action
from uploads.models import Material, Page

from .models_cases import Case, CaseDiscussion, CaseStep, Category
from .models_live import Hand, Poll, PollOption, Vote, Wish

if TYPE_CHECKING:
    from townships.actors import Actor

__all__ = [
    "Adoption",
    "AdoptionStep",
    "Case",
    "CaseDiscussion",
    "CaseStep",
    "Category",
    "Hand",
    "Poll",
    "PollOption",
    "Post",
    "Reply",
    "Support",
    "Vote",
    "Wish",
]


class PostQuerySet(models.QuerySet["Post"]):
    def visible_to(self, actor: "Actor") -> "PostQuerySet":
        """The entries the actor may read: hidden and withdrawn ones for organisers only, those that
        wait for the organiser's approval for their author too."""
        found = self.filter(meeting__in=Meeting.objects.visible_to(actor))
        if actor.is_staff:
            return found
        approved = Q(held_at__isnull=True)
        if actor.key:
            approved |= Q(author_key=actor.key)
        return found.filter(approved, hidden_at__isnull=True, withdrawn_at__isnull=True)

    def on_board(self) -> "PostQuerySet":
        """The entries that everyone of their meetings may read."""
        return self.filter(held_at__isnull=True, hidden_at__isnull=True, withdrawn_at__isnull=True)


class Post(models.Model):
    """A board entry: problem, practice or question, of a township (or a guest's unit).

    `author_key` is the author's `Actor.key`; with `client_id` it makes sending idempotent, and
    `fingerprint` (SHA-256 of what was first sent) tells a repeated send from another one.

    `held_at`: it waits for the organiser's approval. A merged entry points at the one that speaks
    for it now (`merged_into`) and at the one it was merged into by hand (`merged_under`, which may
    have been merged itself later); `status_before` is its status until then.
    """

    class Kind(models.TextChoices):
        PROBLEM = "problem", _("problem")
        PRACTICE = "practice", _("practice")
        QUESTION = "question", _("question")

    class Status(models.TextChoices):
        WAITING = "waiting", _("waiting")
        ON_SCREEN = "on_screen", _("on screen")
        ANSWERED = "answered", _("answered")
        CARRIED = "carried", _("carried forward")
        MERGED = "merged", _("merged")

    seen_by = Action.SEE_MEETING
    was_added = False  # whether the service call that returned it wrote it

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="posts")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    body = models.TextField(_("text"), max_length=2000)
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.WAITING)
    status_before = models.CharField(max_length=9, blank=True)
    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, null=True, blank=True, related_name="posts"
    )
    case = models.ForeignKey(
        Case, on_delete=models.SET_NULL, null=True, blank=True, related_name="posts"
    )
    page = models.ForeignKey(
        Page, on_delete=models.SET_NULL, null=True, blank=True, related_name="posts"
    )
    township = models.ForeignKey(
        Township, on_delete=models.PROTECT, null=True, blank=True, related_name="posts"
    )
    author = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, related_name="posts"
    )
    author_key = models.CharField(max_length=40)
    author_name = models.CharField(max_length=100)
    author_unit = models.CharField(max_length=100, blank=True)
    client_id = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64)
    pinned = models.BooleanField(default=False)
    held_at = models.DateTimeField(null=True, blank=True)
    hidden_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    merged_into = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="merged"
    )
    merged_under = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True, blank=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        verbose_name = _("entry")
        ordering = ["created_at", "id"]
        indexes = [models.Index(fields=["meeting", "created_at"])]
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "author_key", "client_id"], name="one_post_per_client_id"
            ),
            models.CheckConstraint(
                condition=Q(status="merged") | Q(merged_into__isnull=True),
                name="only_merged_posts_point_elsewhere",
            ),
        ]

    def __str__(self) -> str:
        return self.body[:60]

    @property
    def county_id(self) -> uuid.UUID:
        return self.meeting.county_id

    @property
    def still_editable(self) -> bool:
        """An author may edit or withdraw for five minutes, while the meeting is not closed."""
        limit = dt.timedelta(minutes=settings.EDIT_MINUTES)
        return not self.meeting.is_closed and timezone.now() - self.created_at <= limit


class Reply(models.Model):
    """An answer to a post. `origin`: the entry it was given to, where that was merged meanwhile."""

    seen_by = Action.SEE_MEETING
    was_added = False

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="replies")
    origin = models.ForeignKey(Post, on_delete=models.SET_NULL, null=True, related_name="+")
    body = models.TextField(max_length=2000)
    township = models.ForeignKey(
        Township, on_delete=models.PROTECT, null=True, blank=True, related_name="replies"
    )
    author = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="+")
    author_key = models.CharField(max_length=40)
    author_name = models.CharField(max_length=100)
    author_unit = models.CharField(max_length=100, blank=True)
    client_id = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64)
    hidden_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("reply")
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["post", "author_key", "client_id"], name="one_reply_per_client_id"
            )
        ]

    @property
    def meeting(self) -> Meeting:
        return self.post.meeting

    @property
    def county_id(self) -> uuid.UUID:
        return self.post.meeting.county_id


class Support(models.Model):
    """“My township has this too”: one per person and post. `origin` as with `Reply`."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="supports")
    origin = models.ForeignKey(Post, on_delete=models.SET_NULL, null=True, related_name="+")
    supporter_key = models.CharField(max_length=40)
    township = models.ForeignKey(
        Township, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["post", "supporter_key"], name="one_support_per_person")
        ]


class Adoption(models.Model):
    """“We will try this practice”, by a township, with its status and result, and the material
    that shows it. `origin` as with `Reply`."""

    class Status(models.TextChoices):
        PLANNED = "planned", _("planned")
        RUNNING = "running", _("running")
        DONE = "done", _("with result")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="adoptions")
    origin = models.ForeignKey(Post, on_delete=models.SET_NULL, null=True, related_name="+")
    township = models.ForeignKey(Township, on_delete=models.PROTECT, related_name="adoptions")
    status = models.CharField(max_length=7, choices=Status.choices, default=Status.PLANNED)
    result = models.TextField(blank=True, max_length=2000)
    evidence = models.ForeignKey(
        Material, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("adoption")
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(fields=["post", "township"], name="one_adoption_per_township")
        ]

    @property
    def meeting(self) -> Meeting:
        return self.post.meeting

    @property
    def county_id(self) -> uuid.UUID:
        return self.post.meeting.county_id


class AdoptionStep(models.Model):
    """One line of the ledger of a practice: what a township said about trying it, and when.

    Lines are only ever added, also after the meeting is closed and its `Adoption` rows are frozen;
    the last line of a township is its state. An empty status: it was taken back.
    """

    seen_by = Action.SEE_MEETING

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="ledger")
    township = models.ForeignKey(Township, on_delete=models.PROTECT, related_name="ledger")
    status = models.CharField(max_length=7, choices=Adoption.Status.choices, blank=True)
    result = models.TextField(blank=True, max_length=2000)
    evidence = models.ForeignKey(
        Material, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    actor_name = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["created_at", "id"]
        indexes = [models.Index(fields=["post", "township", "created_at"])]

    @property
    def meeting(self) -> Meeting:
        return self.post.meeting

    @property
    def county_id(self) -> uuid.UUID:
        return self.post.meeting.county_id
