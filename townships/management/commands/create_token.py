"""`manage.py create_token USERNAME`: print a bearer token for the API, this once."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from townships.actors import system_actor
from townships.models import Membership
from townships.problems import Problem
from townships.services import create_token


class Command(BaseCommand):
    help = "Make an API token that acts as a person, and print it (shown this once)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--label", default="command line")

    def handle(self, *args: Any, **options: Any) -> None:
        membership = Membership.objects.filter(
            user__username=options["username"], active=True
        ).first()
        if membership is None:
            raise CommandError(f"Nobody active has the user name {options['username']}.")
        try:
            _row, token = create_token(
                actor=system_actor(membership.county_id),
                membership_id=membership.pk,
                label=options["label"],
            )
        except Problem as problem:
            raise CommandError(
                " ".join(map(str, problem.fields.values())) or problem.detail
            ) from problem
        self.stdout.write(token)
