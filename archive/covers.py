"""Which columns of a meeting's rows a manifest's fingerprint was made of.

Every manifest remembers them (`Manifest.covers`), so that a newer Lihui with more tables and columns
still compares an older meeting by what was signed, and not by what has been added to the tables since.
Changing what is remembered helps nobody: the fingerprint itself is signed.
"""

from .models import Manifest
from .tables import Columns, coverage, fingerprint

# Manifests of the first months remember nothing; this is what they were made of.
_FIRST = {
    "meetings.meeting": (
        "allows_guests announced_at closed_at county_id created_at current_item_id deadline "
        "ends_at id join_code note opened_at screen_material_id screen_mode screen_page "
        "screen_version_id series_day series_id starts_at status title venue"
    ),
    "meetings.agendaitem": (
        "ended_at expects_deck expects_manuscript id kind meeting_id minutes position "
        "presenter started_at title township_id"
    ),
    "uploads.material": (
        "created_at current_id extended_until extension_asked_at extension_reason id kind "
        "meeting_id title township_id withdrawn_at"
    ),
    "uploads.version": (
        "attempts filename findings finished_at id late material_id media_type notice_code "
        "number original pages_total pdf progress_done progress_total reason_code "
        "reason_params sha256 size state uploaded_at uploaded_by_id"
    ),
    "uploads.page": ("height hidden id image notes number text thumb title version_id width"),
    "board.post": (
        "author_id author_key author_name author_unit body client_id created_at edited_at "
        "fingerprint hidden_at id kind meeting_id merged_into_id page_id pinned status "
        "township_id withdrawn_at"
    ),
    "board.reply": (
        "author_id author_key author_name author_unit body client_id created_at fingerprint "
        "hidden_at id post_id township_id"
    ),
    "board.support": "at post_id supporter_key township_id",
    "board.adoption": "changed_at created_at id post_id result status township_id",
    "meetings.event": "actor_id at data kind meeting_id object_id seq township_id",
    "archive.correction": "at author_id author_name id meeting_id reason text",
}
FIRST: Columns = {table: columns.split() for table, columns in _FIRST.items()}


def is_as_signed(manifest: Manifest) -> bool:
    """Whether the meeting's rows are what the manifest's fingerprint says."""
    tried: list[Columns] = [manifest.covers] if manifest.covers else [FIRST, coverage()]
    return any(fingerprint(manifest.meeting, covers) == manifest.record for covers in tried)
