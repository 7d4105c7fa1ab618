"""Who works with whom: counties, their townships, people, and what each may be."""

import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from .actors import Actor


class County(models.Model):
    """The tenant: an organisation department and its townships. Nothing crosses between counties."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=100, unique=True)
    time_zone = models.CharField(_("time zone"), max_length=50, default="Asia/Shanghai")
    language = models.CharField(
        _("language"), max_length=10, choices=settings.LANGUAGES, default="zh-hans"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("county")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class TownshipQuerySet(models.QuerySet["Township"]):
    def visible_to(self, actor: "Actor") -> "TownshipQuerySet":
        """The townships of the actor's county."""
        return self.filter(county_id=actor.county_id)


class Township(models.Model):
    """A unit of the county; decks, manuscripts, problems and practices belong to one."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    county = models.ForeignKey(County, on_delete=models.PROTECT, related_name="townships")
    name = models.CharField(_("name"), max_length=100)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    active = models.BooleanField(_("active"), default=True)

    objects = TownshipQuerySet.as_manager()

    class Meta:
        verbose_name = _("township")
        ordering = ["position", "name"]
        constraints = [
            models.UniqueConstraint(fields=["county", "name"], name="township_name_once_per_county")
        ]

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """A person who signs in. What they may do hangs on their membership, never on the user."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=100)
    language = models.CharField(max_length=10, blank=True, choices=settings.LANGUAGES)
    session_epoch = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("person")
        constraints = [
            models.UniqueConstraint(
                Lower("email"), condition=~Q(email=""), name="email_once_whatever_its_case"
            )
        ]

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        return str(self)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session must carry to count: raising the epoch ends every session at once."""
        key_salt = "townships.User.session"
        value = f"{self.password}\n{self.session_epoch}"
        return salted_hmac(key_salt, value, secret=secret, algorithm="sha256").hexdigest()


class Role(models.TextChoices):
    """The roles of DESIGN. Their values are part of the public contract."""

    ORGANISER = "organiser", _("Organiser")
    MEMBER = "member", _("Member")
    OBSERVER = "observer", _("Observer")
    ARCHIVIST = "archivist", _("Archivist")
    GUEST = "guest", _("Guest")


class Membership(models.Model):
    """A person's role in a county, for members with their township.

    A person has at most one active membership; old ones stay, so that history keeps its authors.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    county = models.ForeignKey(County, on_delete=models.PROTECT, related_name="memberships")
    township = models.ForeignKey(
        Township, on_delete=models.PROTECT, related_name="memberships", null=True, blank=True
    )
    role = models.CharField(_("role"), max_length=10, choices=Role.choices)
    active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("membership")
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(active=True), name="one_active_membership_per_user"
            ),
            models.CheckConstraint(
                condition=Q(role="member", township__isnull=False)
                | (~Q(role="member") & Q(township__isnull=True)),
                name="members_and_only_members_have_a_township",
            ),
            models.CheckConstraint(condition=~Q(role="guest"), name="guests_have_no_membership"),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.get_role_display()})"


class Invitation(models.Model):
    """A link that sets a person's password and membership. Only the token's hash is stored."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    membership = models.OneToOneField(
        Membership, on_delete=models.CASCADE, related_name="invitation"
    )
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(
        Membership, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    given_at = models.DateTimeField(
        null=True, help_text="when a link was last shown, taken away or mailed"
    )
    mail_due = models.DateTimeField(null=True, help_text="when the worker mails the next link")
    mail_site = models.CharField(max_length=200, blank=True)
    mail_tries = models.PositiveSmallIntegerField(default=0)
    mail_error = models.CharField(max_length=300, blank=True)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["mail_due"], name="invitations_to_mail", condition=Q(mail_due__isnull=False)
            )
        ]

    def is_open(self, *, now: datetime | None = None) -> bool:
        """Whether the link still works."""
        return self.state(now=now) == "pending"

    def state(self, *, now: datetime | None = None) -> str:
        """pending, accepted, revoked or expired."""
        if self.accepted_at is not None:
            return "accepted"
        if self.revoked_at is not None:
            return "revoked"
        return "pending" if self.expires_at > (now or timezone.now()) else "expired"


class PeopleImport(models.Model):
    """A list of people that was brought as a file, between its preview and its being carried out.

    `rows` are the file's cells, emptied once it has been carried out: the audit tells what was done.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    county = models.ForeignKey(County, on_delete=models.CASCADE, related_name="people_imports")
    brought_by = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+")
    filename = models.CharField(max_length=255)
    adds_townships = models.BooleanField(default=False)
    rows = models.JSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict)


class ApiToken(models.Model):
    """A bearer token for programs. It acts as its membership; only its hash is stored."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="tokens")
    token_hash = models.CharField(max_length=64, unique=True)
    label = models.CharField(max_length=100)
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True)


class AuditRow(models.Model):
    """One write: who did what to which object, when. Rows are only ever added."""

    county = models.ForeignKey(County, on_delete=models.PROTECT, related_name="audit", null=True)
    actor = models.ForeignKey(Membership, on_delete=models.PROTECT, null=True, related_name="audit")
    actor_label = models.CharField(max_length=200)
    action = models.CharField(max_length=60)
    object_type = models.CharField(max_length=40)
    object_id = models.CharField(max_length=64)
    detail = models.JSONField(default=dict)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["county", "-at"]),
            models.Index(fields=["object_type", "object_id"]),
        ]
