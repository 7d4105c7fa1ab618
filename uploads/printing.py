"""Our own documents (notices, minutes) as PDF, by the same caged LibreOffice as everybody's files."""

import hashlib
import shutil
import uuid
from pathlib import Path

from django.conf import settings

from .processing.cage import CageOptions
from .processing.convert import ConvertOptions, convert, make_profile_template
from .processing.inspection import Inspected

SECONDS = 120


def pdf_of(docx: bytes) -> bytes:
    """The PDF of a document the hub wrote itself. Takes seconds: for the worker, not for a request.

    Raises `ConversionFailed` (without LibreOffice or the cage: `converter_missing`, `cage_missing`).
    """
    folder = Path(settings.WORK_DIR) / "printing" / uuid.uuid4().hex
    folder.mkdir(parents=True)
    try:
        source = folder / "document.docx"
        source.write_bytes(docx)
        inspected = Inspected(
            path=source,
            format="docx",
            kind="manuscript",
            name="document.docx",
            extension=".docx",
            sha256=hashlib.sha256(docx).hexdigest(),
            size=len(docx),
        )
        cage = CageOptions(require_cage=settings.CAGE, seconds=SECONDS)
        profile = make_profile_template(Path(settings.WORK_DIR) / "libreoffice-profile")
        done = convert(inspected, folder, ConvertOptions(cage=cage, profile_template=profile))
        return done.path.read_bytes()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
