"""`manage.py invite NAME --county COUNTY --role ROLE`: print an invitation link, this once."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from townships.actors import system_actor
from townships.links import origin
from townships.models import County, Role, Township
from townships.problems import Problem
from townships.services import invite


class Command(BaseCommand):
    help = "Invite a person, and print the link that sets their password (shown this once)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--county", required=True)
        parser.add_argument("--role", default=Role.MEMBER, choices=Role.values[:-1])
        parser.add_argument("--township", default="")
        parser.add_argument("--username", default="")
        parser.add_argument("--email", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        county = County.objects.filter(name=options["county"]).first()
        if county is None:
            raise CommandError(f"There is no county named {options['county']}.")
        township = None
        if options["township"]:
            township = Township.objects.filter(county=county, name=options["township"]).first()
            if township is None:
                raise CommandError(f"{county} has no township named {options['township']}.")
        try:
            _invitation, token = invite(
                actor=system_actor(county.pk),
                name=options["name"],
                role=options["role"],
                township_id=township.pk if township else None,
                username=options["username"],
                email=options["email"],
            )
        except Problem as problem:
            raise CommandError(
                " ".join(map(str, problem.fields.values())) or problem.detail
            ) from problem
        self.stdout.write(origin() + reverse("accept_invitation", args=[token]))
