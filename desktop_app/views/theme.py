"""Fusion, one palette and one style sheet for the whole program (VIS-01 to VIS-03).

`apply()` switches live. Painters ask `look()` for colours and row heights at paint time and
`changes().changed` tells those that keep pixmaps. Nobody calls setStyleSheet on a widget.
"""

import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template

from PySide6.QtCore import QObject, Qt, QTemporaryDir, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetrics, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory, QWidget

from desktop_app.models.marks import Tone
from desktop_app.paths import resource
from desktop_app.views import indicators, tokens
from desktop_app.views.tokens import DARK, LIGHT, Density, Palette

SCHEMES = ("system", "light", "dark")
FAMILY = "Inter"


@dataclass(frozen=True, slots=True)
class Look:
    """What is on screen now: colours, base size in points, density, heights in pixels."""

    palette: Palette
    base_pt: float
    density: Density
    text_height: int

    @property
    def row(self) -> int:
        return tokens.row_height(self.density, self.text_height)

    @property
    def control(self) -> int:
        return tokens.control_height(self.density, self.text_height)


class ThemeChanges(QObject):
    """Tells pixmap caches and painted widgets that the look is another one."""

    changed = Signal()


@dataclass(slots=True)
class _State:
    look: Look
    changes: ThemeChanges
    scheme: str = "system"
    text_percent: int = 100
    pictures: QTemporaryDir | None = None
    follows: bool = False
    styled: bool = False


_state = _State(Look(LIGHT, tokens.BASE_PT, Density.STANDARD, 16), ThemeChanges())


def look() -> Look:
    """The look in force; ask at paint time, do not keep it."""
    return _state.look


def changes() -> ThemeChanges:
    """Give the one object whose `changed` fires after each switch."""
    return _state.changes


def scheme() -> str:
    """The chosen scheme: "system", "light" or "dark"."""
    return _state.scheme


def text_percent() -> int:
    """Give the chosen text size, 90 to 150."""
    return _state.text_percent


def colour(name: str) -> QColor:
    """A palette token by its name, for painters; a copy is yours to change."""
    palette = _state.look.palette
    found = _colours.get((palette.name, name))
    if found is None:
        found = _colours[palette.name, name] = QColor(getattr(palette, name))
    return found


_colours: dict[tuple[str, str], QColor] = {}


def tone(which: Tone) -> tuple[QColor, QColor]:
    """Text colour and tint of a status tone."""
    ink = _state.look.palette.statuses[which]
    return QColor(ink.text), QColor(ink.tint)


def font(style: str = "body", *, tabular: bool = True) -> QFont:
    """A font of the type scale at the user's text size.

    Digits are tabular unless told otherwise: with `tnum` Inter also widens the hyphen in words.
    """
    found = QFont(FAMILY)
    found.setPointSizeF(tokens.type_size(style, _state.look.base_pt))
    found.setWeight(QFont.Weight(tokens.TYPE_SCALE[style].weight))
    if tabular:
        found.setFeature(QFont.Tag("tnum"), 1)
    found.setHintingPreference(QFont.HintingPreference.PreferVerticalHinting)
    return found


def apply(
    app: QApplication,
    scheme: str = "system",
    text_percent: int = 100,
    density: Density = Density.STANDARD,
) -> None:
    """Put the look on; also while windows are open. `scheme` is one of SCHEMES."""
    if scheme not in SCHEMES:
        msg = f"no colour scheme {scheme!r}"
        raise ValueError(msg)
    _load_fonts()
    if not _state.styled:
        # Once: under a style sheet Qt does not tell which style it is, and each time polishes all.
        _state.styled = True
        app.setStyle(QStyleFactory.create("Fusion"))
    hints = app.styleHints()
    if not _state.follows:
        _state.follows = True
        hints.colorSchemeChanged.connect(_system_changed)
    _state.scheme, _state.text_percent = scheme, text_percent
    wanted = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}.get(
        scheme, Qt.ColorScheme.Unknown
    )
    hints.setColorScheme(wanted)
    dark = scheme == "dark" or (scheme == "system" and hints.colorScheme() == Qt.ColorScheme.Dark)
    _put_on(app, DARK if dark else LIGHT, tokens.BASE_PT * text_percent / 100, density)


def _system_changed(_now: Qt.ColorScheme) -> None:
    app = QApplication.instance()
    if _state.scheme == "system" and isinstance(app, QApplication):
        dark = app.styleHints().colorScheme() == Qt.ColorScheme.Dark
        now = _state.look
        if now.palette.dark != dark:
            _put_on(app, DARK if dark else LIGHT, now.base_pt, now.density)


def _put_on(app: QApplication, palette: Palette, base_pt: float, density: Density) -> None:
    _state.look = Look(palette, base_pt, density, 16)
    body = font()
    _state.look = Look(palette, base_pt, density, QFontMetrics(body).height())
    sheet = style_sheet(_state.look, _pictures(palette))
    if app.styleSheet() == sheet and app.font() == body:
        return  # putting the same look on again would polish every widget for nothing
    app.setFont(body)
    app.setPalette(qt_palette(palette))
    app.setStyleSheet(sheet)
    _state.changes.changed.emit()


@cache
def _load_fonts() -> None:
    for weight in ("Regular", "SemiBold", "Bold"):
        file = resource("fonts", f"Inter-{weight}.ttf")
        if QFontDatabase.addApplicationFont(str(file)) == -1:
            msg = f"the font {file} cannot be loaded"
            raise RuntimeError(msg)


def _pictures(palette: Palette) -> Path:
    if _state.pictures is None:
        _state.pictures = QTemporaryDir(str(Path(tempfile.gettempdir()) / "backroom-XXXXXX"))
    folder = Path(_state.pictures.path()) / palette.name
    if not folder.exists():
        indicators.write(palette, folder)
    return folder


def qt_palette(palette: Palette) -> QPalette:
    """The tokens in Qt's roles, so that anything the sheet does not name is right too."""
    role = QPalette.ColorRole
    made = QPalette()
    for key, value in {
        role.Window: palette.window,
        role.WindowText: palette.text,
        role.Base: palette.surface,
        role.AlternateBase: palette.alternate,
        role.Text: palette.text,
        role.Button: palette.surface,
        role.ButtonText: palette.text,
        role.BrightText: palette.on_danger,
        role.Highlight: palette.selection,
        role.HighlightedText: palette.on_selection,
        role.Link: palette.link,
        role.LinkVisited: palette.link,
        role.PlaceholderText: palette.text3,
        role.ToolTipBase: palette.undo,
        role.ToolTipText: palette.on_undo,
        role.Accent: palette.accent,
        role.Light: palette.hairline,
        role.Midlight: palette.hairline,
        role.Mid: palette.control,
        role.Dark: palette.control,
        role.Shadow: palette.control,
    }.items():
        made.setColor(key, QColor(value))
    for key in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, key, QColor(palette.disabled))
    return made


def style_sheet(now: Look, pictures: Path) -> str:
    """`resources/theme/app.qss` with every colour and size filled in."""
    palette = now.palette
    values: dict[str, str] = {
        name: value
        for name in palette.__slots__
        if isinstance(value := getattr(palette, name), str)
    }
    for which, ink in palette.statuses.items():
        values[which.value], values[f"{which.value}_tint"] = ink.text, ink.tint
    for style in tokens.TYPE_SCALE:
        values[style.replace("-", "_")] = f"{tokens.type_size(style, now.base_pt):.2f}"
    values |= {
        "dir": pictures.as_posix(),
        "inner": str(now.control - 2),
        "spin": str(now.control - 5),
        "item": str((now.row - now.text_height) // 2),
        "header_height": str(max(28, now.text_height + 12)),
        "box": str(max(16, round(now.text_height))),
        "chip": str(now.text_height + 8),
        "chip_radius": str((now.text_height + 10) // 2),
        "tag": str(now.text_height + 4),
        "tab": str(now.text_height + 14),
        "menu_row": str(now.text_height + 10),
        "menu_inner": str(now.text_height + 4),
        "group_top": str(now.text_height + 8),
    }
    return Template(resource("theme", "app.qss").read_text("utf-8")).substitute(values)


def restyle(widget: QWidget) -> None:
    """Make the sheet look again at a widget whose dynamic property changed."""
    style = widget.style()
    style.unpolish(widget)
    style.polish(widget)
    widget.update()
