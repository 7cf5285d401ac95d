"""The words on the pages of a PDF that matplotlib wrote, to compare them with what was to be written."""

from __future__ import annotations

import re
import zlib
from typing import Final

_PAGE: Final = re.compile(rb"/Type /Page\b.*?/Contents (\d+) 0 R", re.DOTALL)
_LITERAL: Final = re.compile(rb"\((?:[^()\\]|\\.)*\)", re.DOTALL)
_ESCAPE: Final = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)


def page_words(content: bytes) -> list[str]:
    """Of each page its text in order, `squeezed`.

    Parameters
    ----------
    content : bytes
        Of a PDF whose fonts are of type 3, matplotlib's usual ones: their codes are the letters.
    """
    pages = []
    for found in _PAGE.finditer(content):
        begin = re.search(rb"\b%b 0 obj\b.*?\bstream\r?\n" % found.group(1), content, re.DOTALL)
        if begin is not None:
            # the stream says itself where it ends: its last byte may be one that looks like the end of a line
            commands = zlib.decompressobj().decompress(content[begin.end() :])
            text = b"".join(_letters(part.group()) for part in _LITERAL.finditer(commands))
            pages.append(squeezed(text.decode("latin-1")))
    return pages


def squeezed(words: str) -> str:
    """A text without all that pages may set otherwise: spaces, letters beyond ASCII, and f, i and l, which are joined.

    Lines break at spaces, what is not ASCII may be drawn letter by letter, and fonts have ligatures.
    """
    return "".join(letter for letter in words if "!" <= letter <= "~" and letter not in "fil")


def _letters(literal: bytes) -> bytes:
    """What a literal string stands for."""

    def plain(found: re.Match[bytes]) -> bytes:
        code = found.group(1)
        return bytes([int(code, 8)]) if code[:1].isdigit() else code

    return _ESCAPE.sub(plain, literal[1:-1])
