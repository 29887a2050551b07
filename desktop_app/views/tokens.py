"""Colours, type scale, spacing and densities (ux 4.2 to 4.4), as typed data.

Nothing else in the program names a colour or a size: a style sheet, a delegate and a painter
all read these. `tests/views/test_tokens.py` recomputes every contrast.
"""

from dataclasses import dataclass
from enum import StrEnum

from desktop_app.models.marks import Tone


@dataclass(frozen=True, slots=True)
class Ink:
    """A status colour: text or glyph, and the tint of its filled chip."""

    text: str
    tint: str


@dataclass(frozen=True, slots=True)
class Palette:
    """One theme. Every value is "#RRGGBB"."""

    name: str
    dark: bool
    window: str
    surface: str
    alternate: str
    header: str
    group: str
    text: str
    text2: str
    text3: str
    disabled: str
    hairline: str
    control: str
    accent: str
    on_accent: str
    accent_hover: str
    accent_pressed: str
    link: str
    selection: str
    on_selection: str
    mark: str
    hover: str
    ring: str
    track: str
    fill: str
    progress_done: str
    danger: str
    on_danger: str
    scan_accepted: str
    scan_extra: str
    scan_refused: str
    on_scan: str
    undo: str
    on_undo: str
    undo_link: str
    statuses: dict[Tone, Ink]
    series: tuple[str, ...]


LIGHT = Palette(
    name="light",
    dark=False,
    window="#F2F4F7",
    surface="#FFFFFF",
    alternate="#F7F8FA",
    header="#E9ECF1",
    group="#E4E8EE",
    text="#1A1F27",
    text2="#4B5463",
    text3="#5F6978",
    disabled="#8B93A1",
    hairline="#D8DDE5",
    control="#7A8494",
    accent="#1B5FC1",
    on_accent="#FFFFFF",
    accent_hover="#164FA2",
    accent_pressed="#113E80",
    link="#1B5FC1",
    selection="#D3E3FB",
    on_selection="#10243F",
    mark="#1B5FC1",
    hover="#EDF2FA",
    ring="#0B3E91",
    track="#CFD6E0",
    fill="#1B5FC1",
    progress_done="#0F7A38",
    danger="#B3261E",
    on_danger="#FFFFFF",
    scan_accepted="#0F7A38",
    scan_extra="#8A4F00",
    scan_refused="#B3261E",
    on_scan="#FFFFFF",
    undo="#22272F",
    on_undo="#F4F6F9",
    undo_link="#9CC3FF",
    statuses={
        Tone.DONE: Ink("#12632D", "#DCF2E2"),
        Tone.PART: Ink("#7A4700", "#FCEBC9"),
        Tone.WRONG: Ink("#9A1B1B", "#FBE1E1"),
        Tone.INFO: Ink("#15488F", "#DFEAFB"),
        Tone.NONE: Ink("#3C4554", "#E6EAF0"),
        Tone.ON_ORDER: Ink("#0A5860", "#D8F0F2"),
        Tone.DROP_SHIP: Ink("#5A2A98", "#EEE4FA"),
    },
    series=("#1B5FC1", "#B36A00", "#0B7A75", "#7A3FC0", "#667182"),
)

DARK = Palette(
    name="dark",
    dark=True,
    window="#14171C",
    surface="#1B1F26",
    alternate="#20252D",
    header="#272D37",
    group="#101318",
    text="#E6E9EF",
    text2="#B1B9C7",
    text3="#98A2B3",
    disabled="#6C7686",
    hairline="#323946",
    control="#7F8A9C",
    accent="#2C6CD6",
    on_accent="#FFFFFF",
    accent_hover="#2F70DB",
    accent_pressed="#235AB5",
    link="#8DB8FF",
    selection="#234476",
    on_selection="#F5F8FF",
    mark="#8DB8FF",
    hover="#262D38",
    ring="#A9CBFF",
    track="#343D4B",
    fill="#8DB8FF",
    progress_done="#5CC27E",
    danger="#C93A32",
    on_danger="#FFFFFF",
    scan_accepted="#157F3F",
    scan_extra="#8F5600",
    scan_refused="#B8342C",
    on_scan="#FFFFFF",
    undo="#E6E9EF",
    on_undo="#14171C",
    undo_link="#0F4FA8",
    statuses={
        Tone.DONE: Ink("#86DCA0", "#173524"),
        Tone.PART: Ink("#F5C675", "#3C2C10"),
        Tone.WRONG: Ink("#FFA8A2", "#46201F"),
        Tone.INFO: Ink("#A5C8FF", "#1B3155"),
        Tone.NONE: Ink("#C6CDD8", "#2D3440"),
        Tone.ON_ORDER: Ink("#86DBE3", "#123A3F"),
        Tone.DROP_SHIP: Ink("#D5B8FF", "#38265A"),
    },
    series=("#6FA8FF", "#E7A33B", "#3FC1B8", "#B88CF5", "#98A2B3"),
)


@dataclass(frozen=True, slots=True)
class TypeStyle:
    """`factor` of the base size B; `weight` as in OpenType."""

    factor: float
    weight: int


TYPE_SCALE: dict[str, TypeStyle] = {
    "caption": TypeStyle(0.90, 400),
    "body": TypeStyle(1.00, 400),
    "strong": TypeStyle(1.00, 600),
    "section": TypeStyle(1.12, 600),
    "title": TypeStyle(1.50, 600),
    "metric": TypeStyle(2.20, 600),
    "scan-head": TypeStyle(1.70, 600),
    "scan-sub": TypeStyle(1.30, 400),
    "scan-count": TypeStyle(4.40, 700),
}
BASE_PT = 10.0
CAPTION_MIN_PT = 8.0
TEXT_PERCENT = (90, 100, 110, 125, 150)

SPACE = (4, 8, 12, 16, 24, 32)
PAGE_MARGIN = 16
CARD_PADDING = 12
CARD_GAP = 12
RELATED_GAP = 8
LABEL_GAP = 4
CELL_PADDING = 8
FIELD_RADIUS = 5
CARD_RADIUS = 8
STRIP_HEIGHT = 46
NAV_WIDTH = 184
RAIL_WIDTH = 56
TICK_WIDTH = 36
TICK_SIZE = 16
SCAN_CONTROL = 44
LEADING_BAR = 3
CURRENT_FRAME = 2


class Density(StrEnum):
    """How tall rows and controls are (ux 4.3); `dock` is for scan pages."""

    COMPACT = "compact"
    STANDARD = "standard"
    COMFORTABLE = "comfortable"
    DOCK = "dock"


_ROWS = {  # smallest row, air around the text, control height; pixels
    Density.COMPACT: (26, 8, 28),
    Density.STANDARD: (30, 12, 30),
    Density.COMFORTABLE: (36, 18, 34),
    Density.DOCK: (46, 18, SCAN_CONTROL),
}


def row_height(density: Density, text_height: int) -> int:
    """Pixels of one table row for a line of text `text_height` pixels tall."""
    smallest, air, _ = _ROWS[density]
    return max(smallest, text_height + air)


def control_height(density: Density, text_height: int) -> int:
    """Pixels of a button or field; grows with the text so that 150 % is not clipped."""
    return max(_ROWS[density][2], text_height + 12)


def type_size(style: str, base_pt: float) -> float:
    """Points of a text style at base size `base_pt`; a caption is never under 8 pt."""
    size = TYPE_SCALE[style].factor * base_pt
    return max(size, CAPTION_MIN_PT) if style == "caption" else size


def luminance(colour: str) -> float:
    """WCAG relative luminance of "#RRGGBB"."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG contrast ratio, 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)
