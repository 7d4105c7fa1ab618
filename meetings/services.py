"""Every write about meetings: scheduling, agenda, announcing, opening, the screen, closing."""

import datetime as dt
import secrets
import uuid
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from townships import audit
from townships.actors import Actor
from townships.models import Township
from townships.permissions import Action, require
from townships.problems import Invalid, NotFound

from . import events, rules
from .models import AgendaItem, Meeting, Series
from .problems import AlreadyMade, EmptyAgenda, WrongStatus

JOIN_CODE_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # no I, L, O, 0, 1: read aloud in a hall


def new_join_code() -> str:
    """Six letters that cannot be confused; about 30 bits, throttled where it is asked for."""
    return "".join(secrets.choice(JOIN_CODE_LETTERS) for _ in range(6))
