"""What can be wrong with entries of the board, in words."""

from django.utils.translation import gettext_lazy as _

from townships.problems import Conflict, Invalid, NotAllowed


class BadText(Invalid):
    code = "bad_text"
    title = _("The text cannot be used")
    sentence = _("The text holds characters that cannot be stored. Please type it again.")


class EmptyText(Invalid):
    code = "empty_text"
    title = _("There is no text")
    sentence = _("Please write something first.")


class LongText(Invalid):
    code = "long_text"
    title = _("The text is too long")
    sentence = _(
        "The text has %(length)d characters, %(limit)d are allowed. Please shorten it or send it "
        "in two parts."
    )


class BadClientId(Invalid):
    code = "bad_client_id"
    sentence = _("The client id must be 1 to 64 letters, digits, dots, dashes or underscores.")


class BadKind(Invalid):
    code = "bad_kind"
    sentence = _("An entry is a problem, a practice or a question.")


class BadStatus(Invalid):
    code = "bad_status"
    sentence = _("This status is not known here.")


class ClientIdReused(Conflict):
    code = "client_id_reused"
    title = _("Sent before with another text")
    sentence = _("An entry with this client id was sent before with another text.")


class EditTimeOver(NotAllowed):
    code = "edit_time_over"
    title = _("The time for changes is over")
    sentence = _(
        "An entry can be changed or withdrawn by its author for %(minutes)d minutes. "
        "Ask the organiser, or add a reply."
    )


class PostGone(Conflict):
    code = "post_gone"
    title = _("The entry is no longer on the board")
    sentence = _("This entry was withdrawn, hidden or merged meanwhile.")


class CannotMerge(Conflict):
    code = "cannot_merge"
    title = _("These entries cannot be merged")
    sentence = _(
        "Entries can be merged into another visible entry of the same meeting that is not merged "
        "itself."
    )


class NotAPractice(Conflict):
    code = "not_a_practice"
    title = _("Only practices can be adopted")
    sentence = _("Only a practice can be adopted by a township. This entry is of another kind.")


class WhichTownship(Invalid):
    code = "which_township"
    title = _("Which township?")
    sentence = _("Please say which township adopts the practice.")


class CategoryExists(Conflict):
    code = "category_exists"
    title = _("There is one of this name")
    sentence = _("There is a category of this name here already.")


class NotMerged(Conflict):
    code = "not_merged"
    title = _("This entry is not merged")
    sentence = _("This entry stands for itself: there is no merging to undo.")


class BadPerson(Invalid):
    code = "bad_person"
    title = _("Who sees to it?")
    sentence = _("Choose a person of the county, or write a name.")


class BadEvidence(Invalid):
    code = "bad_evidence"
    title = _("This material cannot be used")
    sentence = _("Choose one of the township's own materials that is not withdrawn.")


class NotFollowed(Conflict):
    code = "not_followed"
    title = _("This entry cannot be followed up")
    sentence = _("Problems and practices are followed from meeting to meeting; questions are not.")


class CaseInUse(Conflict):
    code = "case_in_use"
    title = _("The case has a history")
    sentence = _("The case was worked on already. Set it to “dropped” instead of taking it back.")


class StillOpen(Conflict):
    code = "still_open"
    title = _("The meeting is still open")
    sentence = _("While its meeting is open, a practice is adopted on the board.")
