"""Every write about counties, townships, people and their rights."""

import datetime as dt
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from . import audit
from .actors import Actor
from .api_auth import hash_token, new_token
from .models import ApiToken, County, Invitation, Membership, Role, Township, User
from .permissions import Action, require
from .problems import Invalid

INVITATION_DAYS = 14


def remember_language(*, user: User, language: str) -> None:
    """Keep the language a person chose. Raises nothing for unknown ones: the caller checked."""
    User.objects.filter(pk=user.pk).update(language=language)


def create_county(*, actor: Actor, name: str, time_zone: str = "Asia/Shanghai") -> County:
    """Add a tenant. Only the hub's operator does it, from the command line (`system_actor`)."""
    with transaction.atomic():
        county = County.objects.create(name=name, time_zone=time_zone)
        audit.write(actor=actor, action="county.created", obj=county, county_id=county.pk)
    return county
