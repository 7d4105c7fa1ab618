"""What a person signs in with: user name, e-mail address, password; each of one person only."""

import re
import uuid

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from .models import User
from .problems import Invalid
from .texts import one_line

USERNAME = re.compile(r"[\w.@+-]{2,50}")


def check_username(username: str, user: User | None = None) -> str:
    """The user name, cleaned, if `user` may have it. Raises `Invalid`."""
    username = one_line(username, "username", most=50, needed=True)
    if not USERNAME.fullmatch(username):
        raise Invalid(
            fields={"username": _("2 to 50 letters, digits and . @ + - _, without spaces.")}
        )
    taken = User.objects.filter(username__iexact=username)
    if user is not None:
        taken = taken.exclude(pk=user.pk)
    if taken.exists():
        raise Invalid(fields={"username": _("This user name is taken. Choose another one.")})
    return username


def check_email(email: str, user: User | None = None) -> str:
    """The address in lower case, or "", if `user` may have it. Raises `Invalid`."""
    email = one_line(email, "email", most=200).lower()
    if not email:
        return ""
    try:
        validate_email(email)
    except ValidationError:
        raise Invalid(fields={"email": _("This is not an e-mail address.")}) from None
    taken = User.objects.filter(email__iexact=email)
    if user is not None:
        taken = taken.exclude(pk=user.pk)
    if taken.exists():
        raise Invalid(fields={"email": _("Somebody else uses this e-mail address.")})
    return email


def free_username(name: str) -> str:
    """A user name made from the person's name, with a number where it is taken."""
    base = "".join(re.findall(r"[\w.@+-]", name))[:40] or "user"
    for number in range(1, 1000):
        username = base if number == 1 and len(base) > 1 else f"{base}{number}"
        if not User.objects.filter(username__iexact=username).exists():
            return username
    return f"{base}-{uuid.uuid4().hex[:8]}"


def check_password(password: str, user: User, field: str = "password") -> None:
    """Raise `Invalid` (in `field`) for a password that is too weak or too long."""
    if len(password) > 1000:
        raise Invalid(
            fields={field: _("This is too long: at most %(most)d characters.") % {"most": 1000}}
        )
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(fields={field: " ".join(error.messages)}) from None


def save_user(user: User, fields: list[str] | None = None) -> None:
    """Write a user. Raises `Invalid` where somebody took the user name or e-mail meanwhile."""
    try:
        with transaction.atomic():
            user.save(update_fields=fields)
    except IntegrityError as error:
        check_email(user.email, user)
        raise Invalid(
            fields={"username": _("This user name is taken. Choose another one.")}
        ) from error
