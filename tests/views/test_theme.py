"""Theme, indicators, fonts and icons (VIS-01 to VIS-04)."""

import re

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QFontInfo, QFontMetricsF, QIcon, QPalette
from PySide6.QtWidgets import QApplication, QCheckBox, QLineEdit, QPushButton, QRadioButton

from desktop_app.models.marks import Glyph, Mark, Tone
from desktop_app.views import glyphs, icons, indicators, theme
from desktop_app.views.list_states import ListState
from desktop_app.views.notice import Notice
from desktop_app.views.tokens import DARK, LIGHT, Density, contrast

# A switch restyles every widget that other tests of the process have left to the collector.
pytestmark = pytest.mark.may_stall


def test_scheme_switches_live(qapp: QApplication) -> None:
    seen = []
    theme.changes().changed.connect(lambda: seen.append(theme.look().palette.name))
    theme.apply(qapp, "dark")
    assert qapp.palette().color(QPalette.ColorRole.Window).name().upper() == DARK.window
    assert qapp.styleSheet().count(DARK.control) > 3
    assert LIGHT.control not in qapp.styleSheet()
    theme.apply(qapp, "light")
    assert qapp.palette().color(QPalette.ColorRole.Window).name().upper() == LIGHT.window
    assert seen == ["dark", "light"]


def test_unknown_scheme_is_refused(qapp: QApplication) -> None:
    with pytest.raises(ValueError, match="sepia"):
        theme.apply(qapp, "sepia")
    assert theme.look().palette is LIGHT


def test_sheet_has_no_open_placeholder_and_names_existing_pictures(qapp: QApplication) -> None:
    sheet = qapp.styleSheet()
    assert "$" not in sheet
    named = set(re.findall(r"url\(([^)]+)\)", sheet))
    assert len(named) >= 12
    from pathlib import Path

    assert {Path(one).name for one in named} <= set(indicators.drawings(LIGHT))
    assert all(Path(one).is_file() for one in named)


def test_text_size_scales_headings_and_fields(qapp: QApplication, qtbot) -> None:
    field = QLineEdit()
    qtbot.addWidget(field)
    small = field.sizeHint().height()
    assert small >= 28
    theme.apply(qapp, "light", text_percent=150)
    assert theme.font("title").pointSizeF() == pytest.approx(22.5)
    assert QApplication.font().pointSizeF() == pytest.approx(15)
    field.ensurePolished()
    assert field.sizeHint().height() > small
    assert theme.look().row > 30


def test_density_changes_row_and_control(qapp: QApplication) -> None:
    theme.apply(qapp, "light", density=Density.COMPACT)
    compact = theme.look()
    theme.apply(qapp, "light", density=Density.DOCK)
    assert (compact.row, theme.look().row, theme.look().control) == (26, 46, 44)


def test_scan_size_beats_the_sheet(qtbot) -> None:
    field, button = QLineEdit(), QPushButton("Receive")
    for widget in (field, button):
        qtbot.addWidget(widget)
        widget.setProperty("touch", "scan")
        theme.restyle(widget)
        assert widget.sizeHint().height() >= 44


def test_inter_is_used_with_tabular_digits(qapp: QApplication) -> None:
    assert QFontInfo(theme.font()).family() == "Inter"
    metrics = QFontMetricsF(theme.font())
    assert metrics.horizontalAdvance("1111") == metrics.horizontalAdvance("0000")
    plain = QFont(theme.font())
    plain.unsetFeature(QFont.Tag("tnum"))
    plain = QFontMetricsF(plain)
    assert plain.horizontalAdvance("1111") < plain.horizontalAdvance("0000")
    assert QFontInfo(theme.font("strong")).weight() == 600
    assert QFontInfo(theme.font("scan-count")).weight() == 700


def _pixels(widget, box: QSize) -> set[str]:
    image = widget.grab().toImage()
    return {
        image.pixelColor(x, y).name().upper()
        for x in range(min(box.width(), image.width()))
        for y in range(min(box.height(), image.height()))
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", [QCheckBox, QRadioButton])
def test_indicator_outlines_are_visible(qapp: QApplication, qtbot, scheme: str, kind) -> None:
    """ux 0.5: Fusion's own outlines reach 1.02 to 2.1 : 1; ours at least 3 : 1."""
    theme.apply(qapp, scheme)
    palette = theme.look().palette
    widget = kind("x")
    qtbot.addWidget(widget)
    seen = _pixels(widget, QSize(18, 30))
    assert palette.control in seen
    assert contrast(palette.control, palette.window) >= 3
    widget.setChecked(True)
    seen = _pixels(widget, QSize(18, 30))
    assert palette.accent in seen
    assert contrast(palette.accent, palette.window) >= 3


def test_icons_follow_the_theme(qapp: QApplication) -> None:
    truck = icons.icon("truck")

    def inks() -> set[str]:
        image = truck.pixmap(QSize(32, 32)).toImage()
        return {
            image.pixelColor(x, y).name().upper()
            for x in range(image.width())
            for y in range(image.height())
            if image.pixelColor(x, y).alpha() == 255
        }

    assert LIGHT.text2 in inks()
    theme.apply(qapp, "dark")
    assert DARK.text2 in inks()
    assert LIGHT.text2 not in inks()


def test_every_icon_draws_and_survives_copying(qapp: QApplication) -> None:
    assert len(icons.names()) >= 60
    for name in icons.names():
        one = QIcon(icons.icon(name))
        for mode in (QIcon.Mode.Normal, QIcon.Mode.Disabled):
            image = one.pixmap(QSize(20, 20), mode).toImage()
            assert any(
                image.pixelColor(x, y).alpha() > 128 for x in range(20) for y in range(20)
            ), name


def test_unknown_icon_fails_at_once() -> None:
    with pytest.raises(FileNotFoundError):
        icons.icon("no-such-icon")


def test_glyphs_differ_in_shape_not_only_in_colour(qapp: QApplication) -> None:
    """ux 0.6: told apart without colour, so the same ink is used for all."""
    from PySide6.QtCore import QRectF
    from PySide6.QtGui import QColor, QImage, QPainter

    shots = {}
    for glyph in (Glyph.NONE, Glyph.PART, Glyph.ALL, Glyph.PROBLEM, Glyph.REFUSED, Glyph.INFO):
        image = QImage(13, 13, QImage.Format.Format_Grayscale8)
        image.fill(Qt.GlobalColor.white)
        painter = QPainter(image)
        black, white = QColor("black"), QColor("white")
        glyphs.paint_glyph(painter, glyph, QRectF(0, 0, 13, 13), black, white)
        painter.end()
        shots[glyph] = [image.pixelColor(x, y).lightness() for x in range(13) for y in range(13)]
    for one, mine in shots.items():
        for other, theirs in shots.items():
            if one < other:
                assert sum(abs(a - b) for a, b in zip(mine, theirs, strict=True)) > 255 * 6


def test_filled_chip_is_tinted_and_cached(qapp: QApplication) -> None:
    late = Mark(Glyph.PROBLEM, "2 d late", Tone.WRONG, filled=True)
    first = glyphs.chip(late, 1.0)
    assert glyphs.chip(late, 1.0).cacheKey() == first.cacheKey()
    image = first.toImage()
    tint = LIGHT.statuses[Tone.WRONG].tint
    assert image.pixelColor(image.width() // 2, 1).name().upper() == tint
    quiet = glyphs.chip(Mark(Glyph.ALL, "Paid", Tone.DONE), 1.0).toImage()
    assert quiet.pixelColor(quiet.width() // 2, 0).alpha() == 0
    theme.apply(qapp, "dark")
    assert glyphs.chip(late, 1.0).cacheKey() != first.cacheKey()


def test_pictures_of_notices_and_empty_lists_follow_the_theme(qapp: QApplication, qtbot) -> None:
    """An ink of the light theme is hardly to be seen on the dark one."""
    notice, state = Notice(), ListState()
    for widget in (notice, state):
        qtbot.addWidget(widget)
    notice.say("info", "Said while it was light.")
    state.show_state("package-open", "Nothing here")

    def inks() -> set[str]:
        seen = set()
        for label in (notice.picture, state._picture):
            drawn = label.pixmap().toImage()
            seen |= {
                drawn.pixelColor(x, y).name().upper()
                for x in range(drawn.width())
                for y in range(drawn.height())
                if drawn.pixelColor(x, y).alpha() == 255
            }
        return seen

    assert LIGHT.statuses[Tone.INFO].text in inks()
    theme.apply(qapp, "dark")
    assert {DARK.statuses[Tone.INFO].text, DARK.text3} <= inks()
    assert not {LIGHT.statuses[Tone.INFO].text, LIGHT.text3} & inks()
    theme.apply(qapp, "light")
