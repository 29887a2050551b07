"""Pick lists and packing slips: what stands on them, and that they are PDF files (R6.1)."""

import re
from datetime import UTC, datetime

import pytest
from PySide6.QtGui import QColor

from desktop_app.models.goods_out_papers import (
    PaperKind,
    document,
    html_of,
    packing_slips_pdf,
    pick_list_pdf,
    sheets,
)
from desktop_app.services.goods_out_details import NoteRow, Paper, PickLine
from desktop_app.services.rules.money import UNIT as U

AT = datetime(2026, 5, 1, 9, tzinfo=UTC)


def paper(
    number=12,
    *,
    customer="Tom Okafor",
    address="12 Mill Lane\nBristol BS1",
    picks=None,
    warehouse="Main",
):
    if picks is None:
        picks = (
            PickLine("B-02", "TENT", "Tent for two", 2 * U, number),
            PickLine("A-01", "PEG", "Peg", 12 * U, number),
        )
    return Paper(
        number, number, 1000 + number, "PO 77", AT, "Wren & Harbour", warehouse, customer, address, "", None,
        (NoteRow(1, number, 1, "TENT", "Tent for two", 2 * U), NoteRow(2, number, 2, "PEG", "Peg", 12 * U)),
        tuple(picks),
    )  # fmt: skip


def text(kind, *papers):
    return document(kind, papers).toPlainText()


def pages(path):
    return len(re.findall(rb"/Type\s*/Page\b", path.read_bytes()))


def test_a_pick_list_goes_by_place(qapp):
    said = text(PaperKind.PICK_LIST, paper())
    assert [x for x in said.split("\n") if x] == [
        "Pick list", "Main · 1 goods-out note · 14 units", "Note 12 (#1012 Tom Okafor)",
        "Place", "Item", "Product", "Note", "Units", "Picked",
        "A-01", "PEG", "Peg", "12", "12", "☐",
        "B-02", "TENT", "Tent for two", "12", "2", "☐",
    ]  # fmt: skip


def test_many_notes_are_one_list_for_each_warehouse(qapp, tmp_path):
    """Walk each place once: the lines of all notes are in one order."""
    made = [
        paper(
            12,
            picks=[
                PickLine("B-02", "TENT", "Tent", 2 * U, 12),
                PickLine("A-01", "PEG", "Peg", 9 * U, 12),
            ],
        ),
        paper(13, picks=[PickLine("A-01", "PEG", "Peg", 3 * U, 13)]),
        paper(14, warehouse="Shop"),
    ]
    said = text(PaperKind.PICK_LIST, *made)
    main = said[: said.index("Shop")]
    assert (
        main.index("A-01\nPEG\nPeg\n12\n9")
        < main.index("A-01\nPEG\nPeg\n13\n3")
        < main.index("B-02")
    )
    assert "Main · 2 goods-out notes · 28 units" in main
    assert "Notes 12 (#1012 Tom Okafor), 13 (#1013 Tom Okafor)" in main
    path = tmp_path / "pick.pdf"
    pick_list_pdf(path, made)
    assert pages(path) == 2  # a warehouse to a page


def test_a_packing_slip_for_each_note_on_a_page_of_its_own(qapp, tmp_path):
    said = text(PaperKind.PACKING_SLIP, paper())
    order = next(x for x in said.split("\n") if x.startswith("Order"))
    assert [x for x in said.split("\n") if x] == [
        "Packing slip", "Wren & Harbour · Main · goods-out note 12",
        "Tom Okafor", "12 Mill Lane", "Bristol BS1", order,
        "Item", "Product", "Units", "TENT", "Tent for two", "2", "PEG", "Peg", "12", "14 units in all",
    ]  # fmt: skip
    assert (order.startswith("Order #1012 of 1 May"), order.endswith("· Reference PO 77")) == (
        True,
        True,
    )
    path = tmp_path / "slips.pdf"
    packing_slips_pdf(path, [paper(12), paper(13), paper(14)])
    assert path.read_bytes().startswith(b"%PDF-")
    assert pages(path) == 3


NAMES = (
    '<b>Bobby</b> & "Sons"; <img src="file:///etc/passwd">',
    "عبد الله الخطيب",
    "דנה כהן",
    "Łukasz Żółć",
    "O’Brien & Søn",
    "&lt;not a tag&gt;",
)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", PaperKind)
def test_names_stand_as_they_are(qapp, tmp_path, kind, name):
    """Texts of customers are no markup, and right-to-left names show."""
    line = PickLine("A-01", "PEG", name, U, 12)
    made = paper(customer=name, address=f"{name}\nBristol", picks=[line])
    assert name in text(kind, made)
    assert "<img" not in html_of(kind, [made])
    pick_list_pdf(tmp_path / "one.pdf", [made])
    assert pages(tmp_path / "one.pdf") == 1


def test_nothing_to_print_is_said(qapp):
    assert text(PaperKind.PICK_LIST).startswith("There is nothing to pick")
    assert text(PaperKind.PACKING_SLIP).startswith("There is nothing to pack")
    assert text(PaperKind.PICK_LIST, paper(picks=())).startswith("There is nothing to pick")


@pytest.mark.may_stall("the program draws in another thread")
def test_a_long_list_goes_over_several_pages(qapp, tmp_path):
    picks = [PickLine(f"A-{n:03}", f"SKU-{n}", f"Product {n}", U, 12) for n in range(300)]
    number = pick_list_pdf(tmp_path / "long.pdf", [paper(picks=picks)])
    assert pages(tmp_path / "long.pdf") == number > 4
    shown, counted = sheets(PaperKind.PICK_LIST, [paper(picks=picks)], 3)
    assert (len(shown), counted) == (3, number)


@pytest.mark.may_stall  # a look is put on and taken off
def test_the_preview_is_black_on_white_in_the_dark_theme(qapp):
    from desktop_app.views import theme

    theme.apply(qapp, "dark")
    try:
        (sheet,), _ = sheets(PaperKind.PICK_LIST, [paper()], 5)
    finally:
        theme.apply(qapp, "light")
    shades = [
        QColor(sheet.pixel(x, y)).lightness() for y in range(50, 250) for x in range(50, 400, 2)
    ]
    assert max(shades) == 255
    assert min(shades) < 40
    assert shades.count(255) > len(shades) * 0.8


def test_a_file_that_cannot_be_written_is_told(qapp, tmp_path):
    with pytest.raises(OSError, match="No such file or directory"):
        pick_list_pdf(tmp_path / "missing" / "one.pdf", [paper()])
