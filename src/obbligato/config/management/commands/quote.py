"""obbligato quote RELEASE --format NAME"""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from obbligato.catalog.models import Release
from obbligato.kernel.money import format_money, plain_amount
from obbligato.kernel.refusals import Refused
from obbligato.sales.quoting import ReleaseQuote, format_named, quote_release


class Command(BaseCommand):
    help = "Say what a release weighs and costs in a format. RELEASE is the last part of its page's address."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("release", help="for example lantern-songs; obbligato quote --help lists nothing more")
        parser.add_argument("--format", default="mp3-320", help="as `obbligato formats` lists them (default mp3-320)")
        parser.add_argument("--country", default="", help="for whom, as ISO 3166-1 alpha-2; decides the licences")
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        release = Release.objects.filter(slug=options["release"]).first()
        if release is None:
            known = ", ".join(Release.objects.values_list("slug", flat=True)[:20])
            raise CommandError(f"There is no release “{options['release']}”. There are: {known or 'none yet'}.")
        try:
            quote = quote_release(release, format_named(options["format"]), territory=options["country"])
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(json.dumps(_as_json(quote), indent=2) if options["json"] else _as_text(quote))


def _as_text(quote: ReleaseQuote) -> str:
    lines = [
        f"{one.track.position:>3}  {one.track.title[:40]:<40} {_megabytes(one.size_bytes, one.is_exact):>18}"
        f"  {format_money(one.list_price_micro, quote.currency) if quote.currency else '':>8}  {one.sentence}"
        for one in quote.tracks
    ]
    total = format_money(quote.price_micro, quote.currency) if quote.currency else "no price"
    lines.append(
        f"     {'all of it':<40} {_megabytes(quote.size_bytes, quote.is_exact):>18}  {total:>8}  {quote.sentence}"
    )
    return "\n".join(lines)


def _megabytes(size_bytes: int, is_exact: bool) -> str:
    return f"{'' if is_exact else 'at most '}{size_bytes / 1_000_000:.2f} MB"


def _as_json(quote: ReleaseQuote) -> dict[str, object]:
    return {
        "format": quote.format.name,
        "currency": quote.currency,
        "size_bytes": quote.size_bytes,
        "exact": quote.is_exact,
        "price": plain_amount(quote.price_micro, quote.currency or "EUR"),
        "refusal": quote.sentence,
        "tracks": [
            {
                "disc": one.track.disc,
                "position": one.track.position,
                "title": one.track.title,
                "size_bytes": one.size_bytes,
                "exact": one.is_exact,
                "price": plain_amount(one.list_price_micro, quote.currency or "EUR"),
                "refusal": one.sentence,
            }
            for one in quote.tracks
        ],
    }
