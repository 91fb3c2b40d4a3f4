"""The one entry point, `obbligato`: every verb of the store is a subcommand. It holds no rule."""

import os
import sys

VERBS = {
    "demo": "make a demo store with a label, a buyer and an operator, and start it",
    "serve": "start the store",
    "import": "take a label's folder into the store",
    "doctor": "say what is wrong with a label's folder or a file, and import nothing",
    "encode": "encode one file into another format, without a store",
    "formats": "list what can be sold: every codec, and how well its size is known beforehand",
    "farm": "encode parts for stores, on a host of an encoding farm",
    "quote": "say what a release or track would cost in a format",
    "bank": "import what the bank says of the store's account",
    "casefile": "put all about an incident into one archive that anybody can check",
    "log": "prove the public log, write it as files, forget what is personal beside it",
    "ledger": "prove the books, or print a statement of an account",
    "reconcile": "compare what payment companies hold with the books",
    "sales": "write down what was sold, for an accountant",
    "simulate": "run the store against a world that does its worst, by a seed",
    "check": "look over settings and database",
    "migrate": "bring the database up to date",
    "createsuperuser": "make an operator",
}


def main() -> None:
    """Run a subcommand; without one, or with --help, tell a newcomer what there is."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "obbligato.config.settings")
    if len(sys.argv) < 2 or (sys.argv[1] in {"help", "--help", "-h"} and len(sys.argv) < 3):
        print(_overview())  # noqa: T201
        return
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


def _overview() -> str:
    lines = ["Obbligato: a music store that you run yourself.", ""]
    lines += [f"  obbligato {verb:<16} {what}" for verb, what in VERBS.items()]
    lines += ["", "Each of them explains itself with --help. OBBLIGATO_DATA names the folder that holds the store."]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
