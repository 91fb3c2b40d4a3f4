"""Texts for machines: made safe to stand inside HTML or XML, whatever a label wrote in its titles. Pure."""

import json
import re

from django.utils.safestring import SafeString, mark_safe

# What may not stand in XML 1.0 at all (2.2, Char), not even escaped.
NO_CHARACTER = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# With these a text could end the script element that holds it (HTML, 4.12.1.3), or the line in an old JavaScript.
IN_SCRIPT = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


def json_for_script(value: object) -> SafeString:
    """JSON that cannot end the script element around it, and reads back as the same value."""
    return mark_safe(json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(IN_SCRIPT))


def xml_text(text: str) -> str:
    """The text without the characters that no XML document may hold."""
    return NO_CHARACTER.sub("", text)
