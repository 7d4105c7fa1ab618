"""Materials: a township's deck or manuscript for a meeting, each upload of it, and its pages."""

import datetime as dt
import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from meetings.models import Meeting
from townships.models import County, Membership, Township, User
from townships.permissions import Action

if TYPE_CHECKING:
    from townships.actors import Actor


class Kind(models.TextChoices):
    """What a material is. The values are part of the public contract."""

    DECK = "deck", _("deck")
    MANUSCRIPT = "manuscript", _("manuscript")


class Upload(models.Model):
    """A tus upload on its way. `offset` bytes are durable; nothing is acknowledged before."""

    class State(models.TextChoices):
        RECEIVING = "receiving", _("receiving")
        COMPLETE = "complete", _("complete")
        REMOVED = "removed", _("removed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    county = models.ForeignKey(County, on_delete=models.CASCADE, related_name="uploads")
    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="uploads")
    township = models.ForeignKey(Township, on_delete=models.CASCADE, related_name="uploads")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    filename = models.CharField(max_length=255)
    fingerprint = models.CharField(
        max_length=64, blank=True, help_text="samples of the file, hashed by the browser"
    )
    metadata = models.TextField(blank=True)
    length = models.PositiveBigIntegerField()
    offset = models.PositiveBigIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RECEIVING)
    version_id = models.UUIDField(null=True)
    reason_code = models.CharField(max_length=60, blank=True)
    parts = models.JSONField(default=dict)
    writer = models.UUIDField(null=True)
    writer_until = models.DateTimeField(null=True)
    uploaded_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="uploads")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["expires_at"]),
            models.Index(fields=["meeting", "township", "kind"]),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(offset__lte=models.F("length")), name="upload_offset_within_length"
            )
        ]

    @property
    def is_whole(self) -> bool:
        """All bytes are durable (the material may still have to be made of them)."""
        return self.offset == self.length

    @property
    def last_byte_at(self) -> dt.datetime:
        """When the newest bytes came in (each chunk moves the expiry on)."""
        return self.expires_at - dt.timedelta(hours=settings.UPLOAD_EXPIRES_HOURS)


class MaterialQuerySet(models.QuerySet["Material"]):
    def visible_to(self, actor: "Actor") -> "MaterialQuerySet":
        """What the actor may see: organisers all; own township always; the county's once open.

        The same rule as `Action.SEE_MATERIAL`, as a query.
        """
        if actor.role is None:
            return self.none()
        found = self.filter(meeting__county_id=actor.county_id)
        if actor.is_staff:
            return found
        if actor.is_screen:
            return found.filter(
                ~Q(meeting__screen_key=""),
                meeting_id=actor.guest_meeting_id,
                meeting__screen_key=actor.guest_code,
                meeting__status=Meeting.Status.LIVE,
                withdrawn_at__isnull=True,
            )
        if actor.guest_meeting_id:
            return found.filter(
                ~Q(meeting__join_code=""),
                meeting_id=actor.guest_meeting_id,
                meeting__join_code=actor.guest_code,
                meeting__status=Meeting.Status.LIVE,
                meeting__allows_guests=True,
                withdrawn_at__isnull=True,
            )
        is_open = Q(
            meeting__status__in=[Meeting.Status.LIVE, Meeting.Status.CLOSED],
            withdrawn_at__isnull=True,
        )
        if actor.township_id:
            return found.filter(is_open | Q(township_id=actor.township_id))
        return found.filter(is_open)


class Material(models.Model):
    """A township's deck or manuscript for a meeting: one slot, filled by its newest version."""

    seen_by = Action.SEE_MATERIAL

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="materials")
    township = models.ForeignKey(Township, on_delete=models.PROTECT, related_name="materials")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    title = models.CharField(_("title"), max_length=300, blank=True)
    current = models.ForeignKey(
        "Version", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    extended_until = models.DateTimeField(null=True, blank=True)
    extension_asked_at = models.DateTimeField(null=True, blank=True)
    extension_reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = MaterialQuerySet.as_manager()

    class Meta:
        verbose_name = _("material")
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "township", "kind"], name="one_slot_per_township_and_kind"
            )
        ]

    def __str__(self) -> str:
        return self.title or f"{self.township} {self.get_kind_display()}"

    @property
    def county_id(self) -> uuid.UUID:
        return self.meeting.county_id

    @property
    def accepts_uploads(self) -> bool:
        """Whether its township may still change it: until the end of grace or of an extension."""
        if self.meeting.is_closed:
            return False
        if self.extended_until and self.extended_until > timezone.now():
            return True
        return not self.meeting.is_past_grace(self.township_id, self.kind)


def within(until: dt.datetime | None, moment: dt.datetime) -> bool:
    """Whether an extension until then covers a moment."""
    return until is not None and moment <= until


class Version(models.Model):
    """One upload of a material, and its way: received -> inspecting -> converting -> ready.

    It ends as `refused` (the file is not acceptable, `reason_code` says why) or `failed` (the
    conversion did not work out; it may be tried again). The worker claims it by a conditional
    update with a lease (`claimed_by`, `claimed_until`).
    """

    class State(models.TextChoices):
        RECEIVED = "received", _("received")
        INSPECTING = "inspecting", _("being checked")
        CONVERTING = "converting", _("being converted")
        READY = "ready", _("ready")
        REFUSED = "refused", _("refused")
        FAILED = "failed", _("failed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    material = models.ForeignKey(Material, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.RECEIVED)
    filename = models.CharField(max_length=255)
    label = models.CharField(_("name"), max_length=100, blank=True)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    media_type = models.CharField(max_length=100, blank=True)
    media_bytes = models.PositiveBigIntegerField(
        default=0, help_text="what the copies of its sound and video take"
    )
    original = models.CharField(max_length=200, help_text="storage key of the file as it came")
    pdf = models.CharField(max_length=200, blank=True)
    pdfa_name = models.CharField(
        max_length=200, blank=True, help_text="storage key of the PDF/A-2b copy, once it is made"
    )
    pdfa_note = models.CharField(
        max_length=60, blank=True, help_text="why there is no PDF/A copy and will be none"
    )
    pdfa_attempts = models.PositiveSmallIntegerField(default=0)
    pdfa_until = models.DateTimeField(
        null=True, blank=True, help_text="somebody is making the PDF/A copy until then"
    )
    uploaded_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, related_name="versions"
    )
    uploaded_at = models.DateTimeField(default=timezone.now)
    late = models.BooleanField(default=False)

    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_by = models.CharField(max_length=64, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    priority = models.SmallIntegerField(default=0, help_text="lower is converted earlier")
    not_before = models.DateTimeField(null=True, blank=True)
    progress_done = models.PositiveIntegerField(default=0)
    progress_total = models.PositiveIntegerField(default=0)
    reason_code = models.CharField(max_length=60, blank=True)
    reason_params = models.JSONField(default=dict, blank=True)
    notice_code = models.CharField(max_length=60, blank=True)
    findings = models.JSONField(default=list, blank=True)
    pages_total = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("version")
        ordering = ["material", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["material", "number"], name="version_number_once_per_material"
            )
        ]
        indexes = [
            models.Index(
                fields=["priority", "uploaded_at"],
                name="versions_to_process",
                condition=Q(state__in=["received", "inspecting", "converting"]),
            )
        ]

    @property
    def in_extension(self) -> bool:
        """Late by the call, but within the time its township was given (needs `material`)."""
        return self.late and within(self.material.extended_until, self.uploaded_at)

    @property
    def is_final(self) -> bool:
        return self.state in (self.State.READY, self.State.REFUSED, self.State.FAILED)


class Page(models.Model):
    """One slide or page of a version. Hidden slides keep their numbers.

    `thumb` and `image` are storage keys of WebP pictures; empty until they are made. `signature` is
    the picture in very small (base64), to find what changed between two versions. `media` lists the
    sound and video of the slide: `{key, type, size, name}` each.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="pages")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=500, blank=True)
    text = models.TextField(blank=True)
    notes = models.TextField(blank=True)
    hidden = models.BooleanField(default=False)
    thumb = models.CharField(max_length=200, blank=True)
    image = models.CharField(max_length=200, blank=True)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    signature = models.TextField(blank=True)
    media = models.JSONField(default=list, blank=True)

    class Meta:
        verbose_name = _("page")
        ordering = ["version", "number"]
        constraints = [
            models.UniqueConstraint(fields=["version", "number"], name="page_number_once")
        ]


class Approval(models.Model):
    """ "I have looked at it, it is right", by its township (the owner) or by the organiser.

    It belongs to a version: a new version has none.
    """

    class By(models.TextChoices):
        OWNER = "owner", _("township")
        ORGANISER = "organiser", _("organiser")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="approvals")
    by = models.CharField(max_length=9, choices=By.choices)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("approval")
        ordering = ["version", "by"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "by"], name="one_approval_of_a_version_by_each_side"
            )
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.by}"


class BaseDeck(models.Model):
    """A deck of the county's own that the month's template is made of; the newest one is used.

    `original` is the file as it came, `inspected` the copy that may be opened (storage keys).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    county = models.ForeignKey(County, on_delete=models.CASCADE, related_name="base_decks")
    filename = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    original = models.CharField(max_length=200)
    inspected = models.CharField(max_length=200)
    uploaded_by = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, related_name="+"
    )
    uploaded_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("base deck")
        ordering = ["-uploaded_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["county"],
                condition=Q(removed_at__isnull=True),
                name="one_base_deck_in_use_per_county",
            )
        ]

    def __str__(self) -> str:
        return self.filename
