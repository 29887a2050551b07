"""The pictures a style sheet needs: boxes, radio buttons and arrows, drawn from the tokens.

Fusion's own outlines reach 1.02 to 2.1 : 1 and its sort arrow points the other way (ux 0.5).
"""

from pathlib import Path

from desktop_app.views.tokens import Palette

_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" width="16" height="16" '
    'fill="none" stroke-linecap="round" stroke-linejoin="round">{}</svg>'
)
_TICK = '<path d="M4.2 8.4 6.9 11 11.8 5.4" stroke="{}" stroke-width="2"/>'
_DASH = '<path d="M4.5 8H11.5" stroke="{}" stroke-width="2"/>'
_BOX = '<rect x="1" y="1" width="14" height="14" rx="3" fill="{}" stroke="{}" stroke-width="1.5"/>'
_RING = '<circle cx="8" cy="8" r="6.75" fill="{}" stroke="{}" stroke-width="1.5"/>'
_DISC = '<circle cx="8" cy="8" r="3.25" fill="{}"/>'
_DOWN = '<path d="M3.5 6 8 10.5 12.5 6" stroke="{}" stroke-width="1.9"/>'
_UP = '<path d="M3.5 10 8 5.5 12.5 10" stroke="{}" stroke-width="1.9"/>'
_RIGHT = '<path d="M6 3.5 10.5 8 6 12.5" stroke="{}" stroke-width="1.9"/>'
_SORT_UP = '<path d="M8 3.5 13 11.5H3Z" fill="{}"/>'
_SORT_DOWN = '<path d="M8 12.5 13 4.5H3Z" fill="{}"/>'


def drawings(palette: Palette) -> dict[str, str]:
    """File name to SVG text for every picture that `resources/theme/app.qss` names."""
    p = palette
    parts = {
        "check-off": _BOX.format(p.surface, p.control),
        "check-on": _BOX.format(p.accent, p.accent) + _TICK.format(p.on_accent),
        "check-part": _BOX.format(p.accent, p.accent) + _DASH.format(p.on_accent),
        "check-off-disabled": _BOX.format(p.window, p.hairline),
        "check-on-disabled": _BOX.format(p.track, p.track) + _TICK.format(p.text3),
        "radio-off": _RING.format(p.surface, p.control),
        "radio-on": _RING.format(p.accent, p.accent) + _DISC.format(p.on_accent),
        "radio-off-disabled": _RING.format(p.window, p.hairline),
        "radio-on-disabled": _RING.format(p.track, p.track) + _DISC.format(p.text3),
        "combo": _DOWN.format(p.text2),
        "menu": _DOWN.format(p.text2),
        "menu-right": _RIGHT.format(p.text2),
        "menu-check": _TICK.format(p.text),
        "spin-up": _UP.format(p.text2),
        "spin-down": _DOWN.format(p.text2),
        "sort-up": _SORT_UP.format(p.text2),
        "sort-down": _SORT_DOWN.format(p.text2),
    }
    return {f"{name}.svg": _SVG.format(body) for name, body in parts.items()}


_kept: dict[str, dict[str, str]] = {}


def drawing(name: str, palette: Palette) -> str:
    """SVG text of one picture, kept per palette: painters ask for it with every row."""
    if palette.name not in _kept:
        _kept[palette.name] = drawings(palette)
    return _kept[palette.name][f"{name}.svg"]


def write(palette: Palette, folder: Path) -> None:
    """Put the pictures of one palette into `folder`, made when absent."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in drawings(palette).items():
        (folder / name).write_text(text, encoding="utf-8")
