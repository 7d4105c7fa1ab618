"""What an import of people would do: each row judged against the county as it is now. Nothing is written.

A constant number of queries for any number of rows (one more for every 500 user names or addresses).
"""

import hashlib
import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from .actors import Actor
from .credentials import USERNAME
from .models import Membership, Role, Township, User
from .people_table import Line
from .problems import Invalid
from .sheets import is_risky
from .texts import one_line

Words = str | Promise
ROLE_WORDS = {
    Role.ORGANISER: "组织者 組織者 管理员 管理員 organiser organizer",
    Role.MEMBER: "组织委员 組織委員 委员 委員 成员 成員 member",
    Role.OBSERVER: "列席 列席人员 列席人員 observer",
    Role.ARCHIVIST: "档案员 檔案員 archivist",
}
ROLES = {word: role for role, words in ROLE_WORDS.items() for word in words.split()}
MOST = {"name": 100, "role": 40, "township": 100, "username": 50, "email": 200}
COLUMN_NAMES = {
    "name": _("Name"),
    "role": _("Role"),
    "township": _("Township"),
    "username": _("User name"),
    "email": _("E-mail"),
}


class Does:
    """What a row will do."""

    INVITE, RETURN, MOVE, TOWNSHIP, SAME, REFUSE = (
        "invite",
        "return",
        "move",
        "township",
        "same",
        "refuse",
    )
    ALL = (INVITE, RETURN, MOVE, TOWNSHIP, SAME, REFUSE)
    WRITES = (INVITE, RETURN, MOVE, TOWNSHIP)


@dataclass(slots=True)
class Judged:
    """A row and what it will do; `says` are remarks, or the reasons why it is refused."""

    line: Line
    does: str = Does.REFUSE
    role: str = ""
    township: Township | None = None
    membership: Membership | None = None
    user: User | None = None
    says: list[Words] = field(default_factory=list)

    @property
    def cells(self) -> dict[str, str]:
        return self.line.cells


@dataclass(slots=True)
class Plan:
    """All rows judged, and the townships that would be added."""

    rows: list[Judged]
    new_townships: list[str]

    def counts(self) -> dict[str, int]:
        found = dict.fromkeys(Does.ALL, 0)
        for row in self.rows:
            found[row.does] += 1
        return found

    @property
    def digest(self) -> str:
        """Names exactly what will be done, so that what was shown is what is carried out."""
        facts = [
            (
                row.line.number,
                row.does,
                row.role,
                row.cells,
                str(row.membership and row.membership.pk),
                str(row.user and row.user.pk),
            )
            for row in self.rows
        ]
        return hashlib.sha256(
            json.dumps([facts, self.new_townships], sort_keys=True).encode()
        ).hexdigest()[:32]


class _County:
    """The county as it is now, looked up for the rows of one file."""

    def __init__(self, actor: Actor, lines: Sequence[Line]) -> None:
        self.towns = {town.name: town for town in Township.objects.visible_to(actor)}
        here = (
            Membership.objects.filter(county_id=actor.county_id)
            .filter(Q(active=True) | Q(invitation__accepted_at=None, invitation__isnull=False))
            .select_related("user", "township")
        )
        self.by_user: dict[uuid.UUID, Membership] = {}
        self.by_name: dict[str, list[Membership]] = {}
        for one in here.order_by("active", "created_at"):
            self.by_user[one.user_id] = one
        for one in self.by_user.values():
            self.by_name.setdefault(one.user.name, []).append(one)
        self.usernames = _known("username", lines)
        self.emails = _known("email", lines)
        known = {user.pk for user in (*self.usernames.values(), *self.emails.values())}
        self.former = _former(actor, known - self.by_user.keys())


def _known(field_name: str, lines: Sequence[Line]) -> dict[str, User]:
    """Users by the user name or address that a row gives, in small letters."""
    wanted = sorted({line.cells[field_name].lower() for line in lines} - {""})
    found: dict[str, User] = {}
    for start in range(0, len(wanted), 500):
        chosen = User.objects.annotate(lower=Lower(F(field_name)))
        for user in chosen.filter(lower__in=wanted[start : start + 500]):
            found[getattr(user, field_name).lower()] = user
    return found


def _former(actor: Actor, users: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Of these users, who used to work in this county and only there."""
    wanted = sorted(users)
    here: set[uuid.UUID] = set()
    elsewhere: set[uuid.UUID] = set()
    for start in range(0, len(wanted), 500):
        found = Membership.objects.filter(user__in=wanted[start : start + 500])
        for user_id, county_id, active in found.values_list("user_id", "county_id", "active"):
            (here if county_id == actor.county_id and not active else elsewhere).add(user_id)
    return here - elsewhere


def make_plan(actor: Actor, lines: Sequence[Line], *, adds_townships: bool) -> Plan:
    """Judge every row of a file."""
    rows = [Judged(line) for line in lines]
    for row in rows:
        _clean(row)
    county = _County(actor, lines)
    seen: dict[tuple[str, ...], int] = {}
    added: dict[str, Township] = {}
    for row in rows:
        if not row.says:
            _place(row, county, added, adds_townships)
        if not row.says and row.does != Does.TOWNSHIP and row.does != Does.SAME:
            remarks = _twice(row, seen) or _who(row, county, actor)
            row.says.extend(remarks)
            if row.user is not None and row.does != Does.REFUSE:
                _same_person(row, seen)
    used = {row.township.name for row in rows if row.township and row.does in Does.WRITES}
    return Plan(rows, [name for name in added if name in used])


def _clean(row: Judged) -> None:
    """Make the cells safe to keep; say what is wrong with them."""
    for name, text in row.cells.items():
        if name in row.line.formulas or is_risky(text):
            row.says.append(
                format_lazy(
                    _("{column}: a formula is not taken, put its value."), column=COLUMN_NAMES[name]
                )
            )
            continue
        try:
            row.cells[name] = one_line(text, name, most=MOST[name])
        except Invalid as problem:
            row.says.append(
                format_lazy(
                    _("{column}: {text}"), column=COLUMN_NAMES[name], text=problem.fields[name]
                )
            )
    cells = row.cells
    cells["email"] = cells["email"].lower()
    if cells["username"] and not USERNAME.fullmatch(cells["username"]):
        row.says.append(_("User name: 2 to 50 letters, digits and . @ + - _, without spaces."))
    if cells["email"]:
        try:
            validate_email(cells["email"])
        except ValidationError:
            row.says.append(_("E-mail: this is not an address."))
    formula = "role" in row.line.formulas or is_risky(cells["role"])
    if cells["role"] and not formula and role_word(cells["role"]) not in ROLES:
        row.says.append(
            _(
                "Role: choose 组织者, 组织委员, 列席 or 档案员 (Organiser, Member, Observer, Archivist)."
            )
        )


def role_word(text: str) -> str:
    return text.lower().replace(" ", "")


def _place(row: Judged, county: _County, added: dict[str, Township], adds: bool) -> None:
    """The row's role and township, or why they will not do."""
    cells = row.cells
    town = county.towns.get(cells["township"]) or added.get(cells["township"])
    is_new = cells["township"] in added
    word = role_word(cells["role"])
    role = ROLES.get(word) or (Role.MEMBER if not word and cells["township"] else None)
    alone = not any(cells[name] for name in ("name", "role", "username", "email"))
    if not alone and not cells["name"]:
        row.says.append(_("The name is missing."))
        return
    if not alone and role is None:
        row.says.append(_("The role is missing."))
        return
    if not alone and role != Role.MEMBER:
        row.role = str(role)
        return
    if not cells["township"]:
        row.says.append(_("A member needs a township."))
        return
    if town is None and not adds:
        row.says.append(
            _(
                "There is no township of this name. Check it, or let the import add missing townships."
            )
        )
        return
    if town is None:
        town, is_new = Township(name=cells["township"]), True
        added[town.name] = town
    elif not town.active:
        row.says.append(_("This township is not in use."))
        return
    row.township, row.role = town, "" if alone else str(role)
    if alone:
        row.does = Does.TOWNSHIP if is_new else Does.SAME


def _twice(row: Judged, seen: dict[tuple[str, ...], int]) -> list[Words]:
    """Whether an earlier row names the same person."""
    cells = row.cells
    keys: list[tuple[str, ...]] = [
        ("username", cells["username"].lower()),
        ("email", cells["email"]),
    ]
    keys = [key for key in keys if key[1]] or [("name", cells["name"], cells["township"], row.role)]
    for key in keys:
        if key in seen:
            return [format_lazy(_("The same person as in row {number}."), number=seen[key])]
    seen.update(dict.fromkeys(keys, row.line.number))
    return []


def _same_person(row: Judged, seen: dict[tuple[str, ...], int]) -> None:
    """Refuse a row about somebody whom an earlier row named another way (user name, e-mail)."""
    assert row.user is not None
    key = ("person", row.user.pk.hex)
    if key in seen:
        row.does = Does.REFUSE
        row.says = [format_lazy(_("The same person as in row {number}."), number=seen[key])]
    else:
        seen[key] = row.line.number


def _who(row: Judged, county: _County, actor: Actor) -> list[Words]:
    """Find the person and say what becomes of them; remarks, or the reason of a refusal."""
    cells = row.cells
    by_username = county.usernames.get(cells["username"].lower())
    by_email = county.emails.get(cells["email"])
    if by_username and by_email and by_username.pk != by_email.pk:
        return [_("User name and e-mail belong to two different people.")]
    user = by_email or by_username
    if user is None:
        namesakes = county.by_name.get(cells["name"], [])
        same = [one for one in namesakes if _stands(one, row) and not cells["username"]]
        if same and (not cells["email"] or not same[0].user.email):
            row.does, row.membership = Does.SAME, same[0]
            return []
        if namesakes and not cells["username"] and not cells["email"]:
            return [
                format_lazy(
                    _(
                        "{name} works here already ({place}). Give the user name {username} to move them, or another user name or an e-mail for a second person of this name."
                    ),
                    name=cells["name"],
                    place=_place_of(namesakes[0]),
                    username=namesakes[0].user.username,
                )
            ]
        row.does = Does.INVITE
        return []
    return _known_person(row, user, by_email is not None, county, actor)


def _known_person(
    row: Judged, user: User, by_email: bool, county: _County, actor: Actor
) -> list[Words]:
    current = county.by_user.get(user.pk)
    if current is None:
        if user.pk in county.former and (by_email or user.name == row.cells["name"]):
            row.does, row.user = Does.RETURN, user
            return []
        return [
            _("Somebody else uses this e-mail address.")
            if by_email
            else _("This user name is taken.")
        ]
    if user.name != row.cells["name"]:
        return [
            format_lazy(_("This user name or e-mail is {name}'s, who works here."), name=user.name)
        ]
    row.user = user
    if _stands(current, row):
        row.does = Does.SAME
        return []
    if current.role == Role.ORGANISER:
        return [_("An organiser's role is changed on their own page, not by a list.")]
    if current.pk == actor.membership_id:
        return [_("You cannot change your own role by a list.")]
    row.does, row.membership = Does.MOVE, current
    return [format_lazy(_("until now: {place}"), place=_place_of(current))]


def _stands(membership: Membership, row: Judged) -> bool:
    """Whether the person has this role in this township already."""
    wanted = row.township.name if row.township else ""
    return (
        membership.role == row.role
        and (membership.township.name if membership.township else "") == wanted
    )


def _place_of(membership: Membership) -> Words:
    return membership.township.name if membership.township else membership.get_role_display()


def as_rows(plan: Plan) -> list[dict[str, Any]]:
    """The plan as a table's rows: number, cells, what is done, remarks."""
    return [
        {
            "number": row.line.number,
            **row.cells,
            "does": row.does,
            "role_code": row.role,
            "says": [str(text) for text in row.says],
        }
        for row in plan.rows
    ]
