"""Backroom's own CSV templates: one file per kind of record, described as data.

``docs/import.md`` describes them for people; a test keeps the two together. The order of
``TEMPLATES`` is the order of writing: what a file refers to comes before it.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from .fields import (
    Kind,
    code,
    day,
    flag,
    instant,
    integer,
    money,
    multiline,
    one_of,
    quantity,
    rate,
    text,
)


@dataclass(frozen=True, slots=True)
class Field:
    """A column: how its cells are read, whether the column must be there and be filled."""

    name: str
    kind: Kind
    required: bool = False
    example: str = ""


@dataclass(frozen=True, slots=True)
class Template:
    """A kind of record and the columns it may have."""

    name: str
    fields: tuple[Field, ...]

    @property
    def file(self) -> str:
        """The name its file has in a folder of Backroom's own templates."""
        return f"{self.name}.csv"

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its columns, in order."""
        return tuple(field.name for field in self.fields)


_ID = code(120)
_SKU = code(60)
_CODE = code(30)
_NAME = text(200)

TEMPLATES: dict[str, Template] = {
    made.name: made
    for made in (
        Template(
            "warehouses",
            (
                Field("code", _CODE, required=True, example="MAIN"),
                Field("name", _NAME, required=True, example="Main warehouse"),
                Field("address", multiline(1000), example="1 Harbour Road, Bristol"),
            ),
        ),
        Template(
            "locations",
            (
                Field("warehouse", _CODE, required=True, example="MAIN"),
                Field("code", code(40), required=True, example="A-01"),
                Field("kind", one_of("stock", "quarantine"), example="stock"),
            ),
        ),
        Template(
            "customers",
            (
                Field("external_id", _ID, required=True, example="C-1001"),
                Field("name", _NAME, required=True, example="Alice Adams"),
                Field("email", text(200), example="alice@example.com"),
                Field("phone", text(60), example="01632 960001"),
                Field("address", multiline(1000), example="2 Mill Lane, Bath"),
                Field("credit_terms", flag(), example="no"),
            ),
        ),
        Template(
            "suppliers",
            (
                Field("external_id", _ID, required=True, example="S-1"),
                Field("name", _NAME, required=True, example="Cornish Lines Ltd"),
                Field("email", text(200), example="orders@example.com"),
                Field("phone", text(60), example="01632 960002"),
                Field("address", multiline(1000), example="Quay 4, Falmouth"),
                Field("currency", code(3), example="GBP"),
                Field("lead_time_days", integer(3650), example="7"),
            ),
        ),
        Template(
            "products",
            (
                Field("external_id", _ID, example="P-1"),
                Field("sku", _SKU, required=True, example="ROPE-10"),
                Field("name", _NAME, required=True, example="Rope, 10 mm, per coil"),
                Field("kind", one_of("stock", "non_stock", "service"), example="stock"),
                Field("category", text(200), example="Rope"),
                Field("unit", text(30), example="coil"),
                Field("price", money(), example="24.50"),
                Field("tax_rate", rate(), example="20"),
                Field("barcode", code(120), example="5012345678900"),
                Field("pack_barcode", code(120), example="15012345678907"),
                Field("pack_quantity", quantity(), example="6"),
                Field("discontinued", flag(), example="no"),
            ),
        ),
        Template(
            "supplier_terms",
            (
                Field("supplier", _ID, required=True, example="S-1"),
                Field("product", _ID, required=True, example="ROPE-10"),
                Field("from_quantity", quantity(), example="0"),
                Field("cost", money(), example="13.2500"),
                Field("primary", flag(), example="yes"),
                Field("supplier_sku", code(60), example="CL-R10"),
                Field("pack_size", quantity(), example="6"),
                Field("minimum", quantity(), example="12"),
                Field("lead_time_days", integer(3650), example="5"),
            ),
        ),
        Template(
            "sales",
            (
                Field("external_id", _ID, required=True, example="SO-9001"),
                Field("number", integer(999_999_999), example="9001"),
                Field("placed_at", instant(), required=True, example="2026-05-01 09:30"),
                Field("customer", _ID, example="C-1001"),
                Field("channel", _CODE, example="DIRECT"),
                Field("warehouse", _CODE, example="MAIN"),
                Field("status", text(60), example="New"),
                Field("currency", code(3), example="GBP"),
                Field("reference", text(200), example="PO 4711"),
                Field("address", multiline(1000), example="2 Mill Lane, Bath"),
                Field("delivery_on", day(), example="2026-05-08"),
                Field("ship_complete", flag(), example="no"),
                Field("paid", money(), example="0.00"),
                Field("invoiced_on", day(), example=""),
            ),
        ),
        Template(
            "sale_rows",
            (
                Field("external_id", _ID, example="SO-9001-1"),
                Field("sale", _ID, required=True, example="SO-9001"),
                Field("position", integer(99_999), example="1"),
                Field("product", _ID, example="ROPE-10"),
                Field("description", text(200), example="Rope, 10 mm, per coil"),
                Field("warehouse", _CODE, example="MAIN"),
                Field("quantity", quantity(), required=True, example="4"),
                Field("price", money(), example="24.50"),
                Field("tax_rate", rate(), example="20"),
                Field("shipped", quantity(), example="0"),
            ),
        ),
        Template(
            "purchase_orders",
            (
                Field("external_id", _ID, required=True, example="PO-501"),
                Field("number", integer(999_999_999), example="501"),
                Field("supplier", _ID, required=True, example="S-1"),
                Field("warehouse", _CODE, example="MAIN"),
                Field("state", one_of("draft", "sent", "closed", "cancelled"), example="sent"),
                Field("placed_at", instant(), required=True, example="2026-05-02"),
                Field("expected_on", day(), example="2026-05-09"),
                Field("reference", text(200), example="Spring order"),
            ),
        ),
        Template(
            "purchase_order_rows",
            (
                Field("external_id", _ID, example="PO-501-1"),
                Field("order", _ID, required=True, example="PO-501"),
                Field("position", integer(99_999), example="1"),
                Field("product", _ID, required=True, example="ROPE-10"),
                Field("quantity", quantity(), required=True, example="12"),
                Field("received", quantity(), example="0"),
                Field("cost", money(), example="13.2500"),
                Field("supplier_sku", code(60), example="CL-R10"),
                Field("expected_on", day(), example="2026-05-09"),
            ),
        ),
        Template(
            "stock",
            (
                Field("warehouse", _CODE, required=True, example="MAIN"),
                Field("location", code(40), example="GOODS-IN"),
                Field("product", _ID, required=True, example="ROPE-10"),
                Field("quantity", quantity(), required=True, example="30"),
                Field("cost", money(), example="13.2500"),
            ),
        ),
    )
}


def write_templates(folder: Path) -> list[Path]:
    """Write an example file per template: header and one row. Existing files are left alone."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for template in TEMPLATES.values():
        path = folder / template.file
        if path.exists():
            continue
        with path.open("x", encoding="utf-8-sig", newline="") as file:
            lines = csv.writer(file)
            lines.writerow(template.names)
            lines.writerow([field.example for field in template.fields])
        made.append(path)
    return made
