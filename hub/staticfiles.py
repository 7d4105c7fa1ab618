"""How static files are named in production: by content, so browsers may keep them for ever."""

from collections.abc import Callable
from re import Match
from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage

# Packages whose comments look like imports of files that are not there.
AS_THEY_ARE = ("django_htmx/",)


class HashedStaticFiles(CompressedManifestStaticFilesStorage):
    """Hashed names also inside `import` statements of ES modules."""

    support_js_module_import_aggregation = True

    def url_converter(
        self, name: str, hashed_files: dict[str, str], template: str | None = None
    ) -> Callable[[Match[str]], str]:
        """Rewrite addresses inside our own files only."""
        if name.startswith(AS_THEY_ARE):
            return lambda found: found[0]
        converter: Any = super().url_converter(name, hashed_files, template)
        return converter  # type: ignore[no-any-return]
