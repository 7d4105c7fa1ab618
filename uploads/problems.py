"""What can be wrong with an upload or a material, in words."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from townships.problems import Conflict, Invalid, NotAllowed, Problem, TooMany

from .processing.errors import ProcessingError, sentence


class DeadlinePassed(NotAllowed):
    code = "deadline_passed"
    title = _("The deadline has passed")
    sentence = _(
        "The deadline for this meeting has passed. Ask the organiser for an extension and send "
        "the file again when it is granted."
    )


class FileRefused(Invalid):
    """The file's name or content is not acceptable; the code is the refusal's own."""

    title = _("The file was refused")

    def __init__(self, code: str, params: Mapping[str, object] | None = None) -> None:
        super().__init__()
        self.code = code  # type: ignore[misc]
        self._reason = (code, dict(params or {}))

    @classmethod
    def of(cls, error: ProcessingError) -> "FileRefused":
        return cls(error.code, error.params)

    @property
    def detail(self) -> str:
        return sentence(*self._reason)


class TooLarge(Problem):
    status = 413
    code = "too_large"
    title = _("The file is too large")
    sentence = _(
        "The file is larger than %(limit_mb)s MB. Make its pictures or videos smaller and send it "
        "again."
    )


class QuotaExceeded(Problem):
    status = 413
    code = "quota_exceeded"
    title = _("No room left for the county")
    sentence = _(
        "Your county has used up its %(limit_gb)s GB. Tell the organiser: old files have to be "
        "removed, or the limit raised."
    )


class TooManyUploads(TooMany):
    code = "too_many_uploads"
    sentence = _("You have started %(limit)s uploads within an hour. Please wait and try again.")


class StorageFull(Problem):
    status = 507
    code = "storage_full"
    title = _("The server's disk is full")
    sentence = _(
        "There is no room left on the server. Nothing that was received is lost: the upload goes "
        "on where it stopped once there is room. Tell the organiser."
    )


class StorageDown(Problem):
    status = 503
    code = "storage_down"
    title = _("The file store does not answer")
    sentence = _(
        "The file store does not answer at the moment. Nothing that was received is lost: try "
        "again in a minute."
    )


class BaseDeckUnusable(Invalid):
    code = "base_deck_unusable"
    title = _("This deck cannot be used")
    sentence = _(
        "No month's deck can be made of this file: none of its layouts has a place for a title and "
        "one for text. Open it in PowerPoint, add the layout “Title and Content”, and send it again."
    )


class NothingToRetry(Conflict):
    code = "nothing_to_retry"
    title = _("Not possible now")
    sentence = _("Only a version whose conversion failed can be tried again.")


class NotOnShow(Conflict):
    code = "not_on_show"
    title = _("Not possible now")
    sentence = _("Only the version on show can be approved. Please look at it again.")


class NotReady(Conflict):
    code = "not_ready"
    title = _("Not possible now")
    sentence = _("Only a version that is ready can be shown.")
