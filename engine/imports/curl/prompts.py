"""Prompts of terminals whose lines were copied. Pure."""

import re

PROMPT = re.compile(
    r"^[ \t]*(?:(?:PS )?[A-Za-z]:\\[^>\n]{0,200}>|[\w.-]{1,60}@[\w.-]{1,60}:[^$#\n]{0,200}[$#])"
    r"[ \t]*(?=curl(?:\.exe)?\s)",
    re.MULTILINE | re.ASCII,
)
"""At the beginning of a line, before curl: `PS C:\\>`, `C:\\>`, `ann@host:~$`. Within quotes it is data."""


def after_prompt(text: str, at: int) -> int:
    """Where a command begins that has a prompt here; the same place if there is none."""
    found = PROMPT.match(text, at)
    return found.end() if found else at
