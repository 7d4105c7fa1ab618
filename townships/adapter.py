"""How allauth is to behave here."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from . import audit
from .actors import actor_of_user
from .languages import keep_language
from .models import User

NOWHERE = "0.0.0.0"  # noqa: S104 - the address that nobody has


class AccountAdapter(DefaultAccountAdapter):
    """People come by invitation only: the sign-up page is closed."""

    def get_client_ip(self, request: HttpRequest) -> str:
        """Behind a unix socket, without a proxy that is trusted to name it, nobody has an address; all
        of them count as one."""
        try:
            return str(super().get_client_ip(request))
        except PermissionDenied:
            return NOWHERE

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def post_login(self, request: HttpRequest, user: User, **options: Any) -> HttpResponse:
        """A browser in which no language was chosen takes the person's."""
        response: HttpResponse = super().post_login(request, user, **options)
        if user.language and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            keep_language(response, user.language)
        return response

    def set_password(self, user: User, password: str) -> None:
        """A changed or reset password leaves an audit row, in one transaction with the change."""
        user.set_password(password)  # slow on purpose, so not inside the transaction
        with transaction.atomic():
            user.save(update_fields=["password"])
            audit.write(actor=actor_of_user(user), action="person.password_changed", obj=user)
