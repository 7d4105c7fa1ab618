"""`manage.py create_county NAME`: add a tenant with its first organiser's invitation."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from townships.actors import system_actor
from townships.links import origin
from townships.models import Role
from townships.problems import Problem
from townships.services import create_county, invite


class Command(BaseCommand):
    help = "Add a county, and print the invitation link of its first organiser."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--organiser", required=True, help="name of the first organiser")
        parser.add_argument("--username", default="")
        parser.add_argument("--time-zone", default="Asia/Shanghai")
        parser.add_argument("--language", default="zh-hans")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            county = create_county(
                actor=system_actor(None),
                name=options["name"],
                time_zone=options["time_zone"],
                language=options["language"],
            )
            _invitation, token = invite(
                actor=system_actor(county.pk),
                name=options["organiser"],
                username=options["username"],
                role=Role.ORGANISER,
            )
        except Problem as problem:
            raise CommandError(
                " ".join(map(str, problem.fields.values())) or problem.detail
            ) from problem
        self.stdout.write(origin() + reverse("accept_invitation", args=[token]))
