"""What a VTK file claims to hold, against its length: VTK's readers allocate what is claimed before they read it."""

from __future__ import annotations

import base64
import binascii
import re
from pathlib import Path
from typing import Final, Literal
from xml.parsers import expat

from planner.errors import InputError

ZLIB_MOST: Final = 1032  # zlib's greatest expansion (deflate: 258 bytes from 2 bits)
MOST_CLAIMED = 2**31  # ours: bytes of all arrays together
MOST_COMPONENTS = 64  # ours: numbers a point or cell may carry in one array
MOST_BLOCK = 2**22  # writers may name a block larger than the data in it, of some MiB at most
HEAD = 64  # characters of an array that hold its header

_COUNTS = re.compile(
    rb"(?i)\b(?:POINTS|VERTICES|LINES|POLYGONS|TRIANGLE_STRIPS|CELLS|CELL_TYPES|POINT_DATA|CELL_DATA|FIELD\s+\S+"
    rb"|LOOKUP_TABLE\s+\S+|INFORMATION)\s+([+-]?\d+)(?:\s+([+-]?\d+))?"
)
_ARRAY = re.compile(
    rb"(?i)\S+\s+([+-]?\d+)\s+([+-]?\d+)\s+(?:bit|(?:unsigned_|signed_)?char|(?:unsigned_)?(?:short|int|long|__int64)"
    rb"|float|double|string|variant|utf8_string|vtk\w+)\b"
)
_COMPONENTS = re.compile(
    rb"(?i)\b(?:COLOR_SCALARS\s+\S+|TEXTURE_COORDINATES\s+\S+|SCALARS\s+\S+\s+\S+)[ \t]+([+-]?\d+)"
)


def check_legacy(content: bytes, path: Path) -> None:
    """Raise `InputError` where a legacy file names more of anything than it has bytes for."""
    size = len(content)
    for found in _COUNTS.finditer(content):
        for number in filter(None, found.groups()):
            _require(_within(number, size), path)
    for found in _ARRAY.finditer(content):
        comps, tuples = found.groups()
        _require(_within(comps, size) and _within(tuples, size) and int(comps) * int(tuples) <= 8 * size, path)
    for found in _COMPONENTS.finditer(content):
        _require(_within(found[1], MOST_COMPONENTS), path)


def check_xml(content: bytes, path: Path) -> None:
    """Raise `InputError` where an XML file names more of anything than its bytes can unfold to, or is no XML."""
    _Claims(content, path).check()


class _Claims:
    """Walks over the tags of a file and adds up what its arrays claim."""

    def __init__(self, content: bytes, path: Path) -> None:
        self._content, self._path = content, path
        appended_at = content.find(b"<AppendedData")
        self._xml = content if appended_at < 0 else content[:appended_at]
        tail = b"" if appended_at < 0 else content[appended_at:]
        self._encoded = b"raw" not in tail[: tail.find(b">") + 1]
        self._appended = tail[tail.find(b"_") + 1 :] if b"_" in tail else b""
        self._word, self._compressed = 4, False
        self._order: Literal["little", "big"] = "little"
        self._inline: list[str] | None = None
        self._claimed = 0

    def check(self) -> None:
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._open
        parser.EndElementHandler = self._close
        parser.CharacterDataHandler = self._text
        parser.EntityDeclHandler = self._entity
        try:
            parser.Parse(self._xml, len(self._xml) == len(self._content))
        except expat.ExpatError as error:
            raise InputError(
                f"is damaged or cut off in line {error.lineno}", source=self._path, remedy="export it again"
            ) from error

    def _entity(self, *_declared: object) -> None:
        raise InputError("declares XML entities, which no VTK file needs", source=self._path, remedy="export it again")

    def _open(self, tag: str, attributes: dict[str, str]) -> None:
        most = len(self._content) * (ZLIB_MOST if self._compressed else 1)
        for name, value in attributes.items():
            if name.startswith("NumberOf"):
                limit = MOST_COMPONENTS if name == "NumberOfComponents" else min(most, MOST_CLAIMED // 24)
                _require(_within(value.strip().encode(), limit), self._path)
        if tag == "VTKFile":
            self._compressed = bool(attributes.get("compressor"))
            self._word = 8 if attributes.get("header_type") == "UInt64" else 4
            self._order = "big" if attributes.get("byte_order") == "BigEndian" else "little"
        elif tag in ("DataArray", "Array"):
            self._inline = [] if attributes.get("format") == "binary" else None
            if attributes.get("format") == "appended":
                offset = attributes.get("offset", "0").strip()
                _require(_within(offset.encode(), len(self._appended)), self._path)
                self._count(self._header(self._appended[int(offset) :][: 3 * HEAD], self._encoded))

    def _text(self, text: str) -> None:
        if self._inline is not None and sum(map(len, self._inline)) < HEAD:
            self._inline.append("".join(text.split())[:HEAD])

    def _close(self, _tag: str) -> None:
        if self._inline:
            self._count(self._header("".join(self._inline).encode(), True))
        self._inline = None

    def _header(self, head: bytes, encoded: bool) -> list[int]:
        """Up to three numbers at the head of an array: its bytes, or blocks, bytes a block, bytes of the last block."""
        numbers = 3 if self._compressed else 1
        if encoded:
            # A header is encoded by itself where data are compressed, and with the data where they are not.
            characters = b"".join(head.split())[: -(-numbers * self._word // 3) * 4]
            try:
                head = base64.b64decode(characters + b"=" * (-len(characters) % 4))
            except binascii.Error as error:
                raise InputError(
                    "holds an array that is no base64", source=self._path, remedy="export it again"
                ) from error
        words = [head[i * self._word : (i + 1) * self._word] for i in range(numbers)]
        return [int.from_bytes(word, self._order) for word in words if len(word) == self._word]

    def _count(self, header: list[int]) -> None:
        """Add what one array claims; blocks are at least a byte each."""
        size = len(self._content)
        if self._compressed and header:
            _require(header[0] <= size, self._path)
            self._claimed += header[0] * (header[1] if len(header) > 1 else 0)
        elif header:
            self._claimed += header[0]
        _require(
            self._claimed <= min(size * (ZLIB_MOST if self._compressed else 1) + MOST_BLOCK, MOST_CLAIMED), self._path
        )


def _within(number: bytes, most: int) -> bool:
    return len(number) < 19 and number.lstrip(b"+").isdigit() and int(number) <= most


def _require(met: bool, path: Path) -> None:
    if not met:
        raise InputError(
            "claims to hold more than its bytes can, so it is damaged or cut off", source=path, remedy="export it again"
        )
