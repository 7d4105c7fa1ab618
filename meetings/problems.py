"""What can be wrong with meetings, in words."""

from django.utils.translation import gettext_lazy as _

from townships.problems import Conflict, Invalid


class MeetingClosed(Conflict):
    code = "meeting_closed"
    title = _("The meeting is closed")
    sentence = _(
        "This meeting is closed and frozen. Nothing can be changed any more; "
        "an archivist can add a correction."
    )


class WrongStatus(Conflict):
    code = "wrong_status"
    title = _("Not possible now")
    sentence = _("This is not possible while the meeting is “%(status)s”. Reload to see its state.")


class EndlessRule(Invalid):
    code = "bad_rule"
    title = _("The rule makes no meeting")
    sentence = _("This rule makes no date that we can use. Choose another day or frequency.")


class EmptyAgenda(Invalid):
    code = "empty_agenda"
    title = _("The agenda is empty")
    sentence = _("Add at least one agenda item before you announce the meeting.")


class AlreadyMade(Conflict):
    code = "already_made"
    title = _("This meeting exists")
    sentence = _("The series already has a meeting at that time. Open that one instead.")


class WasAnnounced(Conflict):
    code = "was_announced"
    title = _("This meeting was announced")
    sentence = _(
        "The townships have seen this meeting, so it is kept as called off. "
        "You can change it and announce it again."
    )


class NoSwap(Conflict):
    code = "no_swap"
    title = _("These turns cannot be swapped")
    sentence = _("The turns have changed meanwhile, or one of the meetings has begun.")
