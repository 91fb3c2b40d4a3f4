"""Demand that every branch of the folders that decide about money and rights was walked by a test."""

import json
import sys
from pathlib import Path

DEMANDED = (
    *("kernel", "people/mails", "ledger", "transparency", "catalog/restrictions", "payments", "rights"),
    *("sales", "claims", "standing", "casefiles"),
)
WALKED_BY = (
    *(
        "backoffice/",
        "config/test_commands.py",
        "story/test_an_order_everywhere.py",
        "story/test_dispute_demo.py",
        "storefront/test_gifts.py",
    ),
    *("storefront/test_library_pages.py", "storefront/test_preorders.py", "storefront/test_transfers.py"),
    *("storefront/test_transparency.py",),
)
"""Tests of other folders that are the only ones to walk some branch of these."""
REPORT = Path(".venv/coverage.json")


def main() -> int:
    """1 where a line or branch of a demanded folder was never walked, each named."""
    files = json.loads(REPORT.read_text())["files"]
    gaps = []
    for name, file in sorted(files.items()):
        if name.removeprefix("src/obbligato/").startswith(tuple(f"{one}/" for one in DEMANDED)) and (
            file["missing_lines"] or file.get("missing_branches")
        ):
            gaps.append(f"{name}: lines {file['missing_lines']}, branches {file.get('missing_branches', [])}")
    for gap in gaps:
        print(gap)
    print(f"Branch coverage of {', '.join(DEMANDED)}: {'complete' if not gaps else f'{len(gaps)} files with gaps'}")
    return 1 if gaps else 0


if __name__ == "__main__":
    sys.exit(main())
