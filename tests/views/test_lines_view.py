"""Small tables: who gets the room (LST-08, IA-05)."""

from dataclasses import replace

import pytest
from PySide6.QtGui import QFontMetrics

from desktop_app.models.columns import Align, Column
from desktop_app.models.lines_table import LinesTable
from desktop_app.models.marks import Glyph, Mark, Tone
from desktop_app.views import theme
from desktop_app.views.glyphs import chip_size
from desktop_app.views.lines_view import LinesView
from desktop_app.views.tokens import CELL_PADDING

COMING = Mark(Glyph.LORRY, "3 on PO 524, 26 Nov", Tone.ON_ORDER)
COLUMNS = (
    Column[tuple](key="item", heading="Item", text=lambda r: r[0], width=8, fixed=True, strong=True),
    Column[tuple](key="name", heading="Product", text=lambda r: r[1], width=20, width_min=8, stretch=True),
    Column[tuple](key="units", heading="Units", text=lambda r: r[2], width=9, align=Align.END, fixed=True, snug=True),
    Column[tuple](key="coming", heading="Coming", text=lambda _: "", width=30, snug=True, mark=lambda r: r[3]),
)  # fmt: skip


@pytest.fixture
def view(qtbot):
    made = LinesView(LinesTable(COLUMNS), "Lines")
    qtbot.addWidget(made)
    made.resize(700, 200)
    made.show()
    return made


def widths(view, *rows):
    view._lines.show(rows)
    return [view.columnWidth(at) for at in range(len(COLUMNS))]


def text(words, style="body"):
    return QFontMetrics(theme.font(style)).horizontalAdvance(words)


def test_a_long_code_is_shown_whole(view):
    code = "GAL-MUG-CHERRY-12"
    item, *_ = widths(view, (code, "Mug", "1", None))
    assert item >= text(code, "strong") + 2 * CELL_PADDING


def test_a_code_that_takes_the_spare_width_is_not_cut_for_it(view):
    """In a narrow pane the table scrolls before it cuts a code."""
    column = replace(COLUMNS[0], width=4, width_min=2, stretch=True)
    made = LinesView(LinesTable((column, *COLUMNS[2:])), "Lines", view)
    made.resize(120, 200)
    made._lines.show([("GAL-MUG-CHERRY-12", "Mug", "1", None)])
    assert made.columnWidth(0) >= text("GAL-MUG-CHERRY-12", "strong") + 2 * CELL_PADDING


def test_a_snug_column_leaves_its_room_to_the_name(view):
    """An empty *Coming* takes its heading, a chip what it needs, never more than the column."""
    _, name, units, empty = widths(view, ("A", "Shackle, galvanised", "7", None))
    assert text("Coming", "strong") < empty - 2 * CELL_PADDING < text("Coming", "strong") + 16
    assert text("Units", "strong") < units - 2 * CELL_PADDING < text("Units", "strong") + 16
    _, less, _, coming = widths(view, ("A", "Shackle, galvanised", "7", COMING))
    chip = chip_size(COMING, QFontMetrics(theme.font())).width()
    assert chip < coming - 2 * CELL_PADDING < chip + 16
    assert less == pytest.approx(name - (coming - empty), abs=2)
    assert less > text("Shackle, galvanised") + 2 * CELL_PADDING
