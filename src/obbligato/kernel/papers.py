"""Print data on a Typst template as a PDF, the same bytes for the same input. Data is never read as markup.

The template finds it under `json(bytes(sys.inputs.data))` and images beside itself, by their names.
"""

import json
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import typst

NO_GLYPH = re.compile(r'the text `"(.+?)"` could not be displayed', re.DOTALL)
ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
# Control characters, and those that turn the direction of what follows them.
UNPRINTABLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
LACKING = "\u25a1"


def pdf(
    template: Path, data: Mapping[str, object], *, images: Mapping[str, bytes] = {}, standards: Sequence[str] = ()
) -> bytes:
    """The PDF of a template filled with data (anything JSON can say) and images (by file name).

    `standards` are names such as "a-3b" (ISO 19005-3); these demand that every character can be seen, so one that
    no font of this machine has is printed as an empty square. A template sets the document's date from its data.
    """
    with tempfile.TemporaryDirectory(prefix="paper-") as folder:
        (Path(folder) / "paper.typ").write_bytes(template.read_bytes())
        for name, content in images.items():
            (Path(folder) / Path(name).name).write_bytes(content)
        text = json.dumps(printable(data), ensure_ascii=False, sort_keys=True)
        return _compiled(Path(folder) / "paper.typ", text, list(standards))


def printable(value: object) -> object:
    """The same value, with nothing in its texts that cannot be printed or turns the direction of what follows."""
    if isinstance(value, str):
        return UNPRINTABLE.sub("", value)
    if isinstance(value, Mapping):
        return {str(key): printable(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [printable(one) for one in value]
    return value


def _compiled(paper: Path, text: str, standards: list[str]) -> bytes:
    try:
        made = typst.compile(paper, format="pdf", sys_inputs={"data": text}, pdf_standards=standards)  # type: ignore[call-overload]
        return bytes(made)
    except typst.TypstError as error:
        shown = _with_squares(text, error.diagnostic)
        if shown == text:  # It is not about characters.
            raise
    return _compiled(paper, shown, standards)


def _with_squares(text: str, diagnostic: str) -> str:
    lacking = {ESCAPED.sub(_character, one) for one in NO_GLYPH.findall(diagnostic)}
    for one in sorted(lacking, key=len, reverse=True):
        text = text.replace(one, LACKING)
    return text


def _character(escape: "re.Match[str]") -> str:
    return chr(int(escape[1], 16))
