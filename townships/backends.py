"""Who is signed in: allauth's way of checking passwords, and one look-up for person and rights."""

import uuid

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.models import AbstractBaseUser

from .actors import membership_of


class Backend(AuthenticationBackend):
    """allauth's backend, which finds a session's person together with their membership."""

    def get_user(self, user_id: uuid.UUID) -> AbstractBaseUser | None:
        membership = membership_of(user_id)
        if membership is None:  # a person without rights any more may still sign in and be told so
            return super().get_user(user_id)
        user = membership.user
        user.active_membership = membership  # type: ignore[attr-defined]
        return user if self.user_can_authenticate(user) else None
