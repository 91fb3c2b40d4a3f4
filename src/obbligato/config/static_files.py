"""How static files are named: by their content, so that no browser keeps an old one. It changes none."""

from typing import ClassVar

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage


class NamedByContent(ManifestStaticFilesStorage):
    """Names what our own modules import by its content as well; those of others are left as they are."""

    patterns: ClassVar = (
        *ManifestStaticFilesStorage.patterns,
        ("storefront/player/*.js", ManifestStaticFilesStorage._js_module_import_aggregation_patterns[1]),
    )
