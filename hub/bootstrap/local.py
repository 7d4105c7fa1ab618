"""`make run` without any setting: a hub for one office, safe as it is.

It runs in production mode (no debugging pages in front of everybody) with a key of its own, kept in
the data folder, over plain HTTP in the office's network, and with the demo county to look around
in. Whoever sets SECRET_KEY or DEBUG decides all of this themselves.
"""

import os
import secrets
from pathlib import Path

from hub.bootstrap.steps import ROOT, SetupError


def own_key(folder: Path) -> str:
    """The installation's secret key; made at the first start, readable by its owner only."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "secret_key"
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = file.read_text().strip()
        if len(key) < 50:
            raise SetupError(f"{file} is damaged: remove it, and everybody signs in anew.") from None
        return key
    key = secrets.token_urlsafe(50)
    with os.fdopen(handle, "w") as out:
        out.write(key)
        out.flush()
        os.fsync(out.fileno())
    return key


def prepare() -> None:
    """Complete the environment of the server to be started."""
    if os.environ.get("SECRET_KEY") or os.environ.get("DEBUG"):
        return
    os.environ["SECRET_KEY"] = own_key(Path(os.environ.get("DATA_DIR") or ROOT / "data"))
    os.environ.setdefault("HTTPS", "0")
    os.environ.setdefault("DEMO", "1")
