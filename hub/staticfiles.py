"""How static files are named in production: by content, so browsers may keep them for ever."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import FileSystemFinder
from django.core.files.storage import FileSystemStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFiles(CompressedManifestStaticFilesStorage):
    """Hashed names also inside `import` statements of ES modules."""

    support_js_module_import_aggregation = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._addresses: dict[str, str] = {}

    def url(self, name: str | None, force: bool = False) -> str:
        """The address, worked out once: names are fixed while a process runs, and a page has dozens."""
        known = self._addresses.get(name or "") if not force else None
        if known is None:
            known = super().url(name, force)
            if not force:
                self._addresses[name or ""] = known
        return known


class ChosenFiles(FileSystemFinder):
    """Single files of browser libraries whose packages bring far more than we serve (`CHOSEN_FILES`)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.locations = [(prefix, root) for prefix, root, _names in settings.CHOSEN_FILES]
        self.chosen = {prefix: names for prefix, _root, names in settings.CHOSEN_FILES}
        self.storages = {}
        for prefix, root in self.locations:
            self.storages[root] = FileSystemStorage(location=root)
            self.storages[root].prefix = prefix  # type: ignore[attr-defined]

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterable[Any]:
        for path, storage in super().list(ignore_patterns):
            if path in self.chosen[storage.prefix]:
                yield path, storage
