"""`make run` without any setting: a hub for one office, safe as it is.

It runs in production mode (no debugging pages in front of everybody) with a key of its own, kept in
the data folder, over plain HTTP in the office's network, and with the demo county to look around
in. Whoever sets SECRET_KEY or DEBUG decides all of this themselves.
"""

import os
import secrets
from pathlib import Path

from hub.bootstrap.steps import ROOT, SetupError


def make_key(file: Path) -> None:
    """The installation's secret key, made at the first start; only its owner can read it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        if len(file.read_text().strip()) < 50:
            raise SetupError(
                f"{file} is damaged: remove it, and everybody signs in anew."
            ) from None
        return
    with os.fdopen(handle, "w") as out:
        out.write(secrets.token_urlsafe(50))
        out.flush()
        os.fsync(out.fileno())


def prepare() -> None:
    """Complete the environment of the server to be started."""
    if os.environ.get("SECRET_KEY") or os.environ.get("DEBUG"):
        return
    make_key(Path(os.environ.get("DATA_DIR") or ROOT / "data") / "secret_key")
    os.environ.setdefault("HTTPS", "0")
    os.environ.setdefault("DEMO", "1")
