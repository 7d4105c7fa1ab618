"""What a tus request can have wrong."""

from django.utils.translation import gettext_lazy as _

from townships.problems import Conflict, Invalid, Problem


class WrongTusVersion(Problem):
    status = 412
    code = "tus_version"
    title = _("Unknown protocol version")
    sentence = _("This server speaks tus 1.0.0 only. Send the header Tus-Resumable: 1.0.0.")


class BadHeader(Invalid):
    code = "bad_header"
    title = _("A header is not valid")
    sentence = _("The header %(name)s is missing or not valid.")


class WrongContentType(Problem):
    status = 415
    code = "wrong_content_type"
    title = _("Wrong content type")
    sentence = _("Send the bytes with Content-Type: application/offset+octet-stream.")


class OffsetMismatch(Conflict):
    code = "offset_mismatch"
    title = _("The upload is at another place")
    sentence = _(
        "The upload is at byte %(offset)s. Ask for its offset (HEAD) and go on from there."
    )


class ChunkTooLong(Problem):
    status = 413
    code = "chunk_too_long"
    title = _("Too much at once")
    sentence = _("One request may carry at most %(limit)s bytes of this upload.")


class ChecksumMismatch(Problem):
    status = 460
    code = "checksum_mismatch"
    title = _("The bytes arrived damaged")
    sentence = _("The bytes arrived damaged and were thrown away. Send them again.")


class UnknownAlgorithm(Invalid):
    code = "unknown_algorithm"
    sentence = _("Checksums may be sha1 or sha256.")


class Busy(Problem):
    status = 423
    code = "upload_busy"
    title = _("Somebody is sending this file")
    sentence = _(
        "This upload is being written by another window or person at the moment. Wait until it is "
        "done, or try again in half a minute."
    )


class Gone(Problem):
    status = 410
    code = "upload_gone"
    title = _("The upload is gone")
    sentence = _("This upload was cancelled or has expired. Please send the file again.")
