"""Set pages by typst from a template and data. Data never becomes markup, and the same input gives the same bytes."""

import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import typst


def pdf(
    template: Path,
    data: Mapping[str, object],
    *,
    images: Mapping[str, bytes] = {},
    standards: Sequence[str] = (),
) -> bytes:
    """The PDF of a template that reads `json("data.json")` and images by their names; `standards` as typst names them.

    Its dates are those that the template sets; only typst's own fonts are used, so that every machine gives the same.
    """
    with tempfile.TemporaryDirectory(prefix="paper-") as name:
        folder = Path(name)
        shutil.copyfile(template, folder / "main.typ")
        (folder / "data.json").write_text(json.dumps(data))
        for file, content in images.items():
            (folder / file).write_bytes(content)
        made = typst.compile(
            folder / "main.typ",
            root=folder,
            format="pdf",
            ignore_system_fonts=True,
            pdf_standards=cast(Any, list(standards)),
            timestamp=0,
        )
    return bytes(made)
