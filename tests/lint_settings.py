"""The settings as mypy's Django plugin reads them: a development machine's, in a scratch folder."""

import os
import tempfile

os.environ.setdefault("DEBUG", "1")
os.environ.setdefault("DATA_DIR", tempfile.gettempdir())

from hub.settings import *  # noqa: F403
