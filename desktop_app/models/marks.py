"""What a status looks like, said without a colour: glyph, word and tone (ux 3.1, 4.4).

Models name a mark; views paint it. Meaning is carried by shape and word, the tone only helps.
"""

from dataclasses import dataclass
from enum import StrEnum


class Glyph(StrEnum):
    """The shapes of `views.glyphs`."""

    NONE = "none"  # open circle
    PART = "part"  # half disc
    ALL = "all"  # disc with a tick
    PROBLEM = "problem"  # triangle
    REFUSED = "refused"  # cross
    INFO = "info"
    LORRY = "lorry"
    DROP_SHIP = "drop_ship"
    DOT = "dot"  # a user-defined status in its own colour
    NOTHING = "nothing"  # not applicable: a short dash


class Tone(StrEnum):
    """The seven status colours, each a text and a tint."""

    DONE = "done"
    PART = "part"
    WRONG = "wrong"
    INFO = "info"
    NONE = "none"
    ON_ORDER = "on_order"
    DROP_SHIP = "drop_ship"


@dataclass(frozen=True, slots=True)
class Mark:
    """One status: `filled` only when it wants a person (quiet when fine, ux 0.7).

    `colour` is "#rrggbb" for a user-defined status, else "" and the tone decides.
    `spoken` is what a screen reader says; the word alone when empty.
    """

    glyph: Glyph
    word: str
    tone: Tone = Tone.NONE
    filled: bool = False
    colour: str = ""
    spoken: str = ""

    def __hash__(self) -> int:
        # Pictures are looked up by their mark with every repaint; two enums would be hashed.
        return hash(self.word)
