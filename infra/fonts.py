"""Which characters the documents' fonts have: ``python -m infra.fonts`` writes the list.

A PDF for an archive is not made if it holds a character that no font has. So the typesetter
(``adapters.typesetting``) writes such a character by its name instead, and has to know which they
are. It reads ``functions/documents/covered.txt``: hexadecimal ranges, one on each line.

A character counts if it can be set in regular and in bold. The first font does not count for marks
that are set above or below another character: both have to come from one font, and the second has
them all.
"""

from __future__ import annotations

import struct
import sys
import unicodedata
from typing import TYPE_CHECKING

from infra.blueprint import FUNCTIONS_DIR

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["FILE", "characters", "covered", "page"]

_FOLDER = FUNCTIONS_DIR / "documents" / "fonts"
FILE = FUNCTIONS_DIR / "documents" / "covered.txt"

#: Each font, with the files of its weights.
FONTS = (
    ("SourceSans3-Regular.ttf", "SourceSans3-Bold.ttf"),
    ("DejaVuSansCondensed.ttf", "DejaVuSansCondensed-Bold.ttf"),
)

#: Characters that are never seen, so that no font needs them: joiners, marks of direction, choices
#: between two shapes.
_UNSEEN = (
    0x00AD,
    *range(0x200B, 0x2010),
    *range(0x202A, 0x202F),
    *range(0x2060, 0x2065),
    *range(0x2066, 0x206A),
    *range(0xFE00, 0xFE10),
)
#: No PDF for an archive may hold a byte order mark, although a font has it.
_REFUSED = (0xFEFF,)
#: Categories of what is no text: control characters, and codes without a meaning that all share.
_NOT_TEXT = ("Cc", "Cn", "Co", "Cs")
#: A tab and the end of a line are no characters of a font.
_SPACES = (0x09, 0x0A)

#: The formats of a table of characters that we read: for the first plane, and for all of them.
_FIRST_PLANE, _ALL_PLANES = 4, 12


def characters(font: Path) -> frozenset[int]:
    """Return the codes of the characters that a TrueType font has, as its table ``cmap`` says."""
    data = font.read_bytes()
    (tables,) = struct.unpack_from(">H", data, 4)
    for n in range(tables):
        tag, _, start, _ = struct.unpack_from(">4sIII", data, 12 + 16 * n)
        if tag == b"cmap":
            return frozenset(_of_cmap(data, start))
    message = f"{font.name} has no table of its characters."
    raise ValueError(message)


def _of_cmap(data: bytes, start: int) -> Iterator[int]:
    (parts,) = struct.unpack_from(">H", data, start + 2)
    for n in range(parts):
        _, _, offset = struct.unpack_from(">HHI", data, start + 4 + 8 * n)
        (kind,) = struct.unpack_from(">H", data, start + offset)
        if kind == _FIRST_PLANE:
            yield from _of_segments(data, start + offset)
        elif kind == _ALL_PLANES:
            (groups,) = struct.unpack_from(">I", data, start + offset + 12)
            for group in range(groups):
                first, last, _ = struct.unpack_from(">III", data, start + offset + 16 + 12 * group)
                yield from range(first, last + 1)


def _of_segments(data: bytes, at: int) -> Iterator[int]:
    (twice,) = struct.unpack_from(">H", data, at + 6)
    count = twice // 2

    def row(place: int) -> tuple[int, ...]:
        return struct.unpack_from(f">{count}H", data, at + place)

    ends, starts = row(14), row(16 + twice)
    deltas, offsets = row(16 + 2 * twice), row(16 + 3 * twice)
    for n in range(count):
        for code in range(starts[n], min(ends[n], 0xFFFE) + 1):
            glyph = code + deltas[n]
            if offsets[n]:
                place = at + 16 + 3 * twice + 2 * n + offsets[n] + 2 * (code - starts[n])
                (found,) = struct.unpack_from(">H", data, place)
                glyph = found + deltas[n] if found else 0
            if glyph & 0xFFFF:
                yield code


def covered() -> frozenset[int]:
    """Return the codes of all characters that can be set in type."""
    first, second = (
        frozenset.intersection(*(characters(_FOLDER / weight) for weight in weights))
        for weights in FONTS
    )
    alone = {code for code in first if not unicodedata.category(chr(code)).startswith("M")}
    seen = {code for code in alone | second if unicodedata.category(chr(code)) not in _NOT_TEXT}
    return frozenset({*seen, *_UNSEEN, *_SPACES}.difference(_REFUSED))


def page() -> str:
    """Return the list as it should be."""
    lines = []
    codes = sorted(covered())
    while codes:
        length = next((n for n, code in enumerate(codes) if code != codes[0] + n), len(codes))
        first, last = codes[0], codes[length - 1]
        lines.append(f"{first:X}" if first == last else f"{first:X}-{last:X}")
        codes = codes[length:]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write the list."""
    FILE.write_text(page(), encoding="ascii")
    return 0


if __name__ == "__main__":
    sys.exit(main())
