"""How allauth is to behave here."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """People come by invitation only: the sign-up page is closed."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
