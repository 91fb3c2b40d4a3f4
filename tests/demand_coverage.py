"""Demand that every branch of the folders that decide about money and rights was walked by a test."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
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


ONCE_MORE = 2
"""How often. Threads that race and examples that are drawn walk some branches in most runs and not in all."""


def main() -> int:
    """1 where a line or branch of a demanded folder was never walked, each named."""
    gaps = _gaps()
    for _ in range(ONCE_MORE):
        if not gaps:
            break
        _run_once_more(gaps)
        gaps = _gaps()
    print(f"Branch coverage of {', '.join(DEMANDED)}: {'complete' if not gaps else f'{len(gaps)} files with gaps'}")
    return 1 if gaps else 0


def _gaps() -> list[str]:
    """The files of demanded folders with a gap, relative to the package, each printed with what was not walked."""
    gaps = []
    for path, file in sorted(json.loads(REPORT.read_text())["files"].items()):
        name = path.removeprefix("src/obbligato/")
        is_demanded = name.startswith(tuple(f"{folder}/" for folder in DEMANDED))
        if is_demanded and (file["missing_lines"] or file.get("missing_branches")):
            print(f"{name}: lines {file['missing_lines']}, branches {file.get('missing_branches', [])}")
            gaps.append(name)
    return gaps


def _run_once_more(gaps: Sequence[str]) -> None:
    """The tests of the folders with gaps, their walks added to what was walked before."""
    folders = [f"tests/{folder}" for folder in DEMANDED if any(name.startswith(f"{folder}/") for name in gaps)]
    print(f"Once more, for what chance left out: {' '.join(folders)}", flush=True)
    arguments = [
        "-n",
        str(os.cpu_count() or 1),
        "--cov",
        "--cov-append",
        "--cov-report=",
        f"--cov-report=json:{REPORT}",
    ]
    subprocess.call([sys.executable, "-m", "pytest", *arguments, *folders])


if __name__ == "__main__":
    sys.exit(main())
