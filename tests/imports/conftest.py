"""Folders of files for import tests."""

from collections.abc import Callable, Mapping
from pathlib import Path
from uuid import uuid4

import pytest

from desktop_app.services.backend import Backend, Done
from desktop_app.services.imports import import_documents, plan_import
from desktop_app.services.imports.extracting import Source, read_source
from desktop_app.services.imports.mapping import named
from desktop_app.services.imports.report import ImportPlan
from desktop_app.services.progress import Progress

Content = str | bytes
Put = Callable[..., Path]

PRODUCTS = "sku,name,price,tax_rate\nROPE,Rope,24.50,20\nMUG,Mug,9.95,20\n"
SUPPLIERS = "external_id,name,currency\nS-1,Cornish Lines,GBP\nS-2,Nordlys,EUR\n"
SALES = "external_id,number,placed_at\nSO-1,9001,2026-05-01\nSO-2,9002,2026-05-02 10:30\n"
SALE_ROWS = "external_id,sale,product,quantity,shipped\nR-1,SO-1,ROPE,4,0\nR-2,SO-1,MUG,2,2\nR-3,SO-2,ROPE,10,4\n"
ORDERS = "external_id,number,supplier,placed_at,expected_on\nPO-1,501,S-1,2026-05-03,2026-05-10\n"
ORDER_ROWS = "external_id,order,product,quantity,received,cost\nL-1,PO-1,ROPE,12,5,13.25\n"
STOCK = "warehouse,product,quantity,cost\nMAIN,MUG,30,4.10\n"

ALL = {
    "products.csv": PRODUCTS, "suppliers.csv": SUPPLIERS, "sales.csv": SALES, "sale_rows.csv": SALE_ROWS,
    "purchase_orders.csv": ORDERS, "purchase_order_rows.csv": ORDER_ROWS, "stock.csv": STOCK,
}  # fmt: skip
"""A small company's files that fit together."""


@pytest.fixture
def put(tmp_path: Path) -> Put:
    """`put({"products.csv": text or bytes, ...})` returns a new folder with these files."""

    def write(files: Mapping[str, Content]) -> Path:
        folder = tmp_path / uuid4().hex[:8]
        folder.mkdir()
        for name, content in files.items():
            path = folder / name
            if isinstance(content, str):
                path.write_bytes(content.encode())
            else:
                path.write_bytes(content)
        return folder

    return write


def read(folder: Path, mapping: str | None = None) -> Source:
    """Only what the files say themselves: no database."""
    return read_source(folder, named(mapping), Progress())


def said(plan: Source | ImportPlan) -> list[tuple[str, str, int | None, str | None]]:
    """(code, file, row, column) of each problem."""
    problems = plan.problems.kept if isinstance(plan, Source) else plan.problems
    return [(p.code.value, p.file, p.row, p.column) for p in problems]


def run(backend: Backend, folder: Path, mapping: str | None = None) -> Done[dict[str, object]]:
    """Check and import; fails where there are problems."""
    plan = plan_import(backend, folder, mapping)
    assert plan.ok, said(plan)
    return backend.run(import_documents(plan), once=str(uuid4()))
