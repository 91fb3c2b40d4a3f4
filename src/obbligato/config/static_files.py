"""How static files are named: by their content, so that no browser keeps an old one. It changes none."""

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage

IMPORTS = (r"""(?P<matched> from "(?P<url>\./[\w./]+)")""", """ from "%(url)s\"""")


class NamedByContent(ManifestStaticFilesStorage):
    """Names what our own modules import by its content as well; scripts of others are left as they are."""

    patterns = (
        *ManifestStaticFilesStorage.patterns,
        ("storefront/player/*.js", (IMPORTS,)),
        ("backoffice/*.js", (IMPORTS,)),
    )
