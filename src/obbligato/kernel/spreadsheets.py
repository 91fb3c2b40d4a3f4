"""Texts for tables that people open in a spreadsheet. Pure."""


def safe_text(text: str) -> str:
    """A text that no spreadsheet takes for a formula (CWE-1236): an apostrophe goes before what would begin one."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r", "\n"} else text
