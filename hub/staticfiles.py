"""How static files are named in production: by content, so browsers may keep them for ever."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFiles(CompressedManifestStaticFilesStorage):
    """Hashed names also inside `import` statements of ES modules."""

    support_js_module_import_aggregation = True
