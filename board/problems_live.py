"""What can be wrong with hands and polls, in words."""

from django.utils.translation import gettext_lazy as _

from townships.problems import Conflict, Invalid


class NotLive(Conflict):
    code = "not_live"
    title = _("Only while the meeting is open")
    sentence = _("This can be done while the meeting is going on.")


class BadHandState(Invalid):
    code = "bad_hand_state"
    sentence = _("A hand waits, speaks, has spoken or was lowered.")


class HandGone(Conflict):
    code = "hand_gone"
    title = _("It is not this hand's turn any more")
    sentence = _("This hand was lowered or has been heard meanwhile. Look at the list again.")


class BadPoll(Invalid):
    code = "bad_poll"
    title = _("The poll is not complete")
    sentence = _(
        "A poll needs a question of at most %(question)d characters and two to %(most)d "
        "different answers of at most %(answer)d characters."
    )


class PollNotOpen(Conflict):
    code = "poll_not_open"
    title = _("No votes are taken now")
    sentence = _("This poll is not open for votes now.")


class PollHasVotes(Conflict):
    code = "poll_has_votes"
    title = _("The poll has votes")
    sentence = _("Votes were cast already, so the poll stays. You can close it.")


class AlreadyVoted(Conflict):
    code = "already_voted"
    title = _("The vote is already cast")
    sentence = _("A secret vote is cast once and cannot be changed or repeated.")


class NoVoter(Invalid):
    code = "no_voter"
    title = _("Which township votes?")
    sentence = _("In this poll each township has one vote. Say for which township you vote.")


class SecretPoll(Conflict):
    code = "secret_poll"
    title = _("The poll is secret")
    sentence = _("Nobody can see who chose what in a secret poll.")
