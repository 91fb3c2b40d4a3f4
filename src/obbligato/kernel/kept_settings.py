"""Settings that were chosen in the browser, kept in one file of the store's folder. It does not know what they mean.

The file is TOML, a name and a text in each line, readable by its owner alone: some are passwords.
"""

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path

from obbligato.kernel.folders import put_file
from obbligato.kernel.refusals import Invalid


class BadKeptSettings(Invalid):
    """The file cannot be read as what it is."""


def read(file: Path) -> dict[str, str]:
    """What is kept; nothing where there is no file. Raises BadKeptSettings."""
    try:
        found = tomllib.loads(file.read_text())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise BadKeptSettings(f"{file} cannot be read: {error}") from None
    odd = [name for name, value in found.items() if not isinstance(value, str)]
    if odd:
        raise BadKeptSettings(f"{file}: {odd[0]} must be a text between quotation marks.")
    return found


def write(file: Path, values: Mapping[str, str]) -> None:
    """Keep these instead of what was kept: whole or not at all."""
    lines = [f"{name} = {_quoted(text)}\n" for name, text in sorted(values.items())]
    text = "".join(["# Chosen at the desk. A variable of the environment goes before what stands here.\n", *lines])
    put_file(file, text.encode(), is_private=True)


def _quoted(text: str) -> str:
    """A basic string of TOML 1.0: JSON's escapes are among its own, but it has DEL escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")
