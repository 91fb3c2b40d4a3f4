"""Demand that every branch of the folders that decide about money and rights was walked by a test."""

import json
import sys
from pathlib import Path

DEMANDED = ("kernel", "ledger", "payments", "rights", "sales", "casefiles", "transparency", "standing")
REPORT = Path(".venv/coverage.json")


def main() -> int:
    """1 where a line or branch of a demanded folder was never walked, each named."""
    files = json.loads(REPORT.read_text())["files"]
    gaps = []
    for name, file in sorted(files.items()):
        folder = name.removeprefix("src/obbligato/").split("/")[0]
        if folder in DEMANDED and (file["missing_lines"] or file.get("missing_branches")):
            gaps.append(f"{name}: lines {file['missing_lines']}, branches {file.get('missing_branches', [])}")
    for gap in gaps:
        print(gap)
    print(f"Branch coverage of {', '.join(DEMANDED)}: {'complete' if not gaps else f'{len(gaps)} files with gaps'}")
    return 1 if gaps else 0


if __name__ == "__main__":
    sys.exit(main())
