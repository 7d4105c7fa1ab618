"""What can be wrong with the screen, in words."""

from django.utils.translation import gettext_lazy as _

from townships.problems import Conflict, Invalid, NotFound


class BadMode(Invalid):
    code = "bad_mode"
    sentence = _("The screen shows a slide, the board, the join code or nothing.")


class NoSuchPage(Invalid):
    code = "no_such_page"
    title = _("There is no such slide")
    sentence = _("This material has %(total)d slides. Choose one of them.")


class NothingToShow(Conflict):
    code = "nothing_to_show"
    title = _("There is nothing to show yet")
    sentence = _(
        "This material has no slides yet: it is still being converted, or it was refused. "
        "Its page says which."
    )


class ScreenWaits(Conflict):
    code = "screen_waits"
    title = _("The meeting is not open yet")
    sentence = _("Slides can be put on the screen once the meeting is open.")


class UnknownScreen(NotFound):
    code = "unknown_screen"
    title = _("This link opens no screen")
    sentence = _(
        "The link for the hall's screen was replaced or taken back, or the meeting is closed. "
        "Ask the host for the link of now."
    )
