"""Every icon that ships can be drawn, and every icon that the views name ships."""

import ast

import pytest
from PySide6.QtCore import QByteArray
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from desktop_app.paths import resource
from tests.helpers.sources import PACKAGE, committed, trees

ICONS = sorted(resource("icons").glob("*.svg"))


def test_icons_ship():
    assert ICONS
    assert (resource("icons") / "LICENSE-Lucide.txt").exists()


@pytest.mark.parametrize("path", ICONS, ids=lambda path: path.stem)
def test_each_icon_draws_something(qapp, path):
    text = path.read_text(encoding="utf-8")
    assert "currentColor" in text, "an icon takes its colour from the theme"
    renderer = QSvgRenderer(QByteArray(text.replace("currentColor", "#123456").encode()))
    assert renderer.isValid()
    image = QImage(48, 48, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    drawn = [
        image.pixelColor(x, y)
        for x in range(48)
        for y in range(48)
        if image.pixelColor(x, y).alpha() > 250
    ]
    assert drawn
    assert all(abs(c.red() - QColor("#123456").red()) < 4 for c in drawn)


def test_each_icon_that_views_name_ships():
    shipped = {path.stem for path in ICONS}
    missing = []
    for name, tree in trees(PACKAGE):
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            called = (
                node.func.attr
                if isinstance(node.func, ast.Attribute)
                else getattr(node.func, "id", "")
            )
            named = [k.value for k in node.keywords if k.arg == "icon"]
            if called in ("icon", "picture") and node.args:
                named.append(node.args[0])
            for value in named:
                if (
                    isinstance(value, ast.Constant)
                    and isinstance(value.value, str)
                    and value.value not in shipped
                ):
                    missing.append(f"{name}:{node.lineno} {value.value}")
    assert not missing, "\n".join(missing)


def test_no_resource_is_empty():
    empty = [path for path in committed() if "resources" in path.parts and path.stat().st_size == 0]
    assert not empty
