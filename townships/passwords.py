"""The county's rule for passwords, beside Django's own."""

from django.contrib.auth.password_validation import MinimumLengthValidator
from django.utils.translation import ngettext


class LongEnough(MinimumLengthValidator):
    """Django's rule in words of ours: its sentence has no translation into Simplified Chinese."""

    def get_error_message(self) -> str:
        return ngettext(
            "It is too short: at least %(count)d character.",
            "It is too short: at least %(count)d characters.",
            self.min_length,
        ) % {"count": self.min_length}
