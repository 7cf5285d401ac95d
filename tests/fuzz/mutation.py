"""Ways to break a file."""

from __future__ import annotations

import gzip
import re
import zlib

import numpy as np

NUMBERS = (b"nan", b"-1", b"0", b"1e308", b"-inf", b"99999999999999999999", b"2147483648", b"4294967295", b"1e-320")
WORDS = (0, 1, 0x7F, 0xFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x7F800000, 0xFFC00000, 0x7FFF7FFF)


def mutate(content: bytes, dice: np.random.Generator, packed: bool) -> bytes:
    """One broken variant; of packed content more often what is inside is broken than the packing."""
    if packed and dice.random() < 0.7:
        try:
            return gzip.compress(mutate(gzip.decompress(content), dice, False), 1)
        except (OSError, EOFError, zlib.error):
            return content[: len(content) // 2]
    for _ in range(int(dice.integers(1, 4))):
        content = MUTATIONS[int(dice.integers(len(MUTATIONS)))](content, dice)
    return content


def _place(content: bytes, dice: np.random.Generator) -> int:
    """Anywhere, but often in the header."""
    length = max(len(content), 1)
    return int(dice.integers(min(length, 400) if dice.random() < 0.6 else length))


def _truncate(content: bytes, dice: np.random.Generator) -> bytes:
    return content[: _place(content, dice)] if dice.random() < 0.9 else b""


def _flip(content: bytes, dice: np.random.Generator) -> bytes:
    changed = bytearray(content)
    for _ in range(int(dice.integers(1, 6))):
        if changed:
            changed[_place(content, dice)] ^= 1 << int(dice.integers(8))
    return bytes(changed)


def _splice(content: bytes, dice: np.random.Generator) -> bytes:
    start, end = _place(content, dice), _place(content, dice)
    return content[:end] + content[start : start + int(dice.integers(1, 64))] + content[end:]


def _noise(content: bytes, dice: np.random.Generator) -> bytes:
    place = _place(content, dice)
    piece = dice.bytes(int(dice.integers(1, 32)))
    return content[:place] + piece + content[place + len(piece) :]


def _number(content: bytes, dice: np.random.Generator) -> bytes:
    found = list(re.finditer(rb"-?\d+(?:\.\d+)?(?:e-?\d+)?", content[:200_000]))
    if not found:
        return content
    chosen = found[int(dice.integers(len(found) if dice.random() < 0.5 else min(len(found), 30)))]
    return content[: chosen.start()] + NUMBERS[int(dice.integers(len(NUMBERS)))] + content[chosen.end() :]


def _word(content: bytes, dice: np.random.Generator) -> bytes:
    """Replace two, four or eight bytes in either order by a number that a header may not hold."""
    place, width = _place(content, dice), int(dice.choice([2, 4, 8]))
    value = WORDS[int(dice.integers(len(WORDS)))] & (2 ** (8 * width) - 1)
    piece = value.to_bytes(width, "little" if dice.random() < 0.5 else "big")
    return content[:place] + piece + content[place + width :]


def _line(content: bytes, dice: np.random.Generator) -> bytes:
    lines = content.split(b"\n")
    chosen = int(dice.integers(len(lines)))
    lines[chosen : chosen + 1] = [lines[chosen]] * int(dice.choice([0, 2, 2, 30]))
    return b"\n".join(lines)


def _repeat(content: bytes, dice: np.random.Generator) -> bytes:
    start = _place(content, dice)
    block = content[start : start + int(dice.integers(1, 200))]
    return content[:start] + block * int(dice.choice([2, 3, 100])) + content[start + len(block) :]


MUTATIONS = (_truncate, _flip, _splice, _noise, _number, _number, _word, _word, _line, _repeat)
