"""The colour tokens meet the contrasts that ux 4.4 states (VIS-02, rubric item 26)."""

import pytest

from desktop_app.models.marks import Tone
from desktop_app.views.tokens import (
    DARK,
    LIGHT,
    TYPE_SCALE,
    Density,
    Palette,
    contrast,
    control_height,
    row_height,
    type_size,
)

TEXT = 4.5
GRAPHIC = 3.0

# (foreground, background, light, dark) as printed in ux 4.4
PRINTED = [
    ("text", "surface", 16.55, 13.59),
    ("text", "window", 15.02, 14.77),
    ("text", "header", 13.97, 11.38),
    ("text", "hover", 14.72, 11.40),
    ("text2", "surface", 7.64, 8.37),
    ("text2", "header", 6.45, 7.01),
    ("text2", "selection", 5.88, 4.92),
    ("text3", "surface", 5.56, 6.42),
    ("text3", "window", 5.04, 6.97),
    ("on_selection", "selection", 12.00, 9.15),
    ("link", "surface", 6.08, 8.21),
    ("link", "selection", 4.68, 4.83),
    ("on_accent", "accent", 6.08, 4.97),
    ("on_accent", "accent_hover", 7.85, 4.71),
    ("on_accent", "accent_pressed", 10.37, 6.56),
    ("on_scan", "scan_accepted", 5.44, 5.07),
    ("on_scan", "scan_extra", 6.56, 6.00),
    ("on_scan", "scan_refused", 6.54, 5.89),
    ("on_undo", "undo", 13.86, 14.77),
    ("undo_link", "undo", 8.34, 6.39),
    ("on_danger", "danger", 6.54, 5.08),
]
GRAPHICS = [
    ("accent", "surface", 6.08, 3.32),
    ("accent", "window", 5.52, 3.61),
    ("control", "surface", 3.78, 4.74),
    ("control", "window", 3.43, 5.15),
    ("ring", "surface", 9.94, 9.97),
    ("ring", "window", 9.02, 10.84),
    ("ring", "selection", 7.65, 5.87),
    ("fill", "track", 4.15, 5.45),
    ("progress_done", "track", 3.72, 4.95),
    ("mark", "selection", 4.68, 4.83),
]


@pytest.mark.parametrize(("over", "under", "light", "dark"), PRINTED)
def test_text_pairs(over: str, under: str, light: float, dark: float) -> None:
    for palette, printed in ((LIGHT, light), (DARK, dark)):
        ratio = contrast(getattr(palette, over), getattr(palette, under))
        assert ratio >= TEXT
        assert ratio == pytest.approx(printed, abs=0.011)


@pytest.mark.parametrize(("over", "under", "light", "dark"), GRAPHICS)
def test_graphic_pairs(over: str, under: str, light: float, dark: float) -> None:
    for palette, printed in ((LIGHT, light), (DARK, dark)):
        ratio = contrast(getattr(palette, over), getattr(palette, under))
        assert ratio >= GRAPHIC
        assert ratio == pytest.approx(printed, abs=0.011)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=lambda p: p.name)
@pytest.mark.parametrize("tone", list(Tone))
def test_status_words_read_on_their_tint_and_on_rows(palette: Palette, tone: Tone) -> None:
    ink = palette.statuses[tone]
    for ground in (ink.tint, palette.surface, palette.alternate, palette.hover, palette.selection):
        assert contrast(ink.text, ground) >= TEXT


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=lambda p: p.name)
def test_chart_series_show_on_the_surface(palette: Palette) -> None:
    assert len(palette.series) == 5
    assert all(contrast(colour, palette.surface) >= GRAPHIC for colour in palette.series)


def test_known_ratios() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#777777") == pytest.approx(1)


def test_type_scale_is_the_one_of_the_specification() -> None:
    assert {name: (style.factor, style.weight) for name, style in TYPE_SCALE.items()} == {
        "caption": (0.90, 400),
        "body": (1.00, 400),
        "strong": (1.00, 600),
        "section": (1.12, 600),
        "title": (1.50, 600),
        "metric": (2.20, 600),
        "scan-head": (1.70, 600),
        "scan-sub": (1.30, 400),
        "scan-count": (4.40, 700),
    }
    assert type_size("caption", 8.5) == 8.0
    assert type_size("title", 10) == 15.0


def test_rows_and_controls_grow_with_the_text() -> None:
    assert [row_height(d, 16) for d in Density] == [26, 30, 36, 46]
    assert [control_height(d, 16) for d in Density] == [28, 30, 34, 44]
    assert row_height(Density.COMPACT, 24) == 32
    assert control_height(Density.COMPACT, 24) == 36
