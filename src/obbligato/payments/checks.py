"""Look, before a store opens, at the rails it has: what their loss would leave. It asks no company and no database."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks

from obbligato.payments import rails, registry
from obbligato.payments.contracts_file import BadContracts


def losses() -> list[str]:
    """A sentence for each failure domain whose loss would leave the store's currency without a rail.

    The practice processor moves no money, so it carries nothing; a store with nothing else has nothing to lose.
    Raises BadContracts.
    """
    offered = [one for one in registry.providers() if one.name != registry.PRACTICE]
    return [
        f"If {domain} were lost tonight, nothing but balance and cash would carry {', '.join(lost)}."
        for domain, lost in rails.lost_among(offered, [settings.CURRENCY]).items()
        if lost
    ]


def survivability(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[checks.CheckMessage]:  # noqa: ANN401
    """The same for `obbligato check`; and the sentence of a file of rails that cannot be used."""
    try:
        found = losses()
    except BadContracts as bad:
        return [checks.Error(str(bad), id="obbligato.E001")]
    hint = "Add a rail that shares nothing with it: docs/rails/README.md."
    return [checks.Warning(sentence, hint=hint, id="obbligato.W001") for sentence in found]
