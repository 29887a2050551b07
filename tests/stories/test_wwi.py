"""Wide World Importers through the main job, each figure against the files (R3.3 to R3.5, R5.5)."""

import gzip

import pytest

from desktop_app import story_command
from desktop_app.services import company
from desktop_app.services.backend import Backend
from desktop_app.services.store import engine
from desktop_app.stories import wwi
from desktop_app.stories.wwi_files import Service, read

README = {
    "sales": 50_172, "rows of sales": 158_411, "units sold": 63_329_900_000,
    "units picked before": 61_041_430_000, "rows waiting": 2_019, "units waiting": 2_288_470_000,
    "sales waiting": 1_994, "purchase orders": 1_459, "rows of purchase orders": 5_816, "suppliers": 13,
    "products": 227, "invoices": 48_178, "units received before": 616_841_010_000, "units in stock": 0,
    "sales that one filter selects": 1_994, "waiting rows on them": 2_019, "findings of doctor": 0,
    "problems in the files": 0, "records a second import would make or change": 0,
}  # fmt: skip
"""Totals that the data's own README gives; units in ten-thousandths."""


@pytest.fixture
def folder(shared):
    found = shared / "data/wwi"
    if not found.is_dir():
        pytest.skip("Wide World Importers is not beside the project")
    return found


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "engine_kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.slow)], indirect=True
)
def test_the_whole_story(empty_address, folder):
    store = engine.create(empty_address)
    company.set_up(store, name="Wide World Importers", base_currency="USD")
    said = []
    try:
        story = wwi.run(Backend.sign_in(store, "manager"), folder, said.append)
    finally:
        store.close()
    wrong = [(c.what, c.expected, c.found) for c in story.checks if not c.ok]
    assert not wrong, "\n".join(said)
    found = {check.what: check.found for check in story.checks}
    assert {name: found[name] for name in README} == README
    assert len(story.checks) == 57
    deliveries = [c for c in story.checks if c.what == "units of each sale row since"]
    assert len(deliveries) == 8, "four orders, two deliveries each"
    assert sum(deliveries[-1].found.values()) == 228_847, "every waiting unit was served"
    first = next(c for c in story.checks if c.what == "units to order, by item")
    assert sorted(first.found) == [77, 78, 80, 86, 95, 98, 184, 193, 204]


def test_the_order_of_service_is_computed_from_the_files(folder):
    """Oldest order date, then order number, then line; what is left over stays free (R5.5)."""
    files = read(folder)
    service = Service(files)
    queue = files.waiting[204]
    assert [line.day for line in queue] == sorted(line.day for line in queue)
    first, second = queue[0], queue[1]
    got = service.arrive(204, first.open + 1)
    assert got == {first.order: first.open, second.order: 1} or first.order == second.order
    assert service.given[second.key] == 1
    service.arrive(204, 10**9)
    assert service.over[204] == 10**9 + first.open + 1 - sum(line.open for line in queue)


def small(folder):
    """The same files with three waiting sales of one item: 4, 4 and 3 (R5.12), two packs of 6 to come."""
    files = {
        "customers.csv": [
            "CustomerID,CustomerName,PaymentDays,PhoneNumber,AddressLine1,AddressLine2,City,State,PostalCode",
            "7,Ann,0,1,a,b,c,d,e",
        ],
        "suppliers.csv": [
            "SupplierID,SupplierName,PhoneNumber,AddressLine1,AddressLine2,City,State,PostalCode",
            "4,Lines,1,a,b,c,d,e",
        ],
        "stock_items.csv": [
            "StockItemID,StockItemName,SupplierID,UnitPackage,QuantityPerOuter,LeadTimeDays,Barcode,TaxRate,UnitPrice,StockGroups",
            "77,Rope,4,Each,6,3,,15,2.50,Rope",
        ],
        "stock_item_holdings_2016-05-31.csv": ["StockItemID,LastCostPrice", "77,1.25"],
        "orders.csv.gz": [
            "OrderID,CustomerID,OrderDate,ExpectedDeliveryDate,CustomerPurchaseOrderNumber,PickingCompletedWhen",
            "10,7,2015-05-03,2015-05-04,A,", "2,7,2015-05-02,2015-05-04,B,", "9,7,2015-05-01,2015-05-04,C,",
            "1,7,2015-05-01,2015-05-04,D,2015-05-01 12:00:00",
        ],
        "order_lines.csv.gz": [
            "OrderLineID,OrderID,StockItemID,Description,Quantity,UnitPrice,TaxRate,PickedQuantity",
            "1,10,77,Rope,3,2.50,15,0", "2,2,77,Rope,4,2.50,15,0", "3,9,77,Rope,4,2.50,15,0",
            "4,1,77,Rope,5,2.50,15,5",
        ],
        "invoices.csv.gz": ["InvoiceID,OrderID,InvoiceDate", "1,1,2015-05-01"],
        "purchase_orders.csv": [
            "PurchaseOrderID,SupplierID,OrderDate,ExpectedDeliveryDate,SupplierReference",
            "5,4,2015-05-01,2015-05-09,X",
        ],
        "purchase_order_lines.csv.gz": [
            "PurchaseOrderLineID,PurchaseOrderID,StockItemID,OrderedOuters,ReceivedOuters,ExpectedUnitPricePerOuter",
            "1,5,77,2,0,7.50",
        ],
    }  # fmt: skip
    for name, lines in files.items():
        text = "\n".join(lines) + "\n"
        (folder / name).write_bytes(
            gzip.compress(text.encode()) if name.endswith(".gz") else text.encode()
        )
    return folder


def tell(address, folder):
    store = engine.create(address)
    company.set_up(store, name="Small", base_currency="USD")
    said = []
    try:
        return wwi.run(Backend.sign_in(store, "manager"), folder, said.append), said
    finally:
        store.close()


def test_a_small_one_on_both_engines(empty_address, tmp_path):
    """12 units come for 4 + 4 + 3: 4 (40 % of 12, rounded down), then 8; one is left over."""
    story, said = tell(empty_address, small(tmp_path))
    assert [c.what for c in story.checks if not c.ok] == [], "\n".join(said)
    served = [c.found for c in story.checks if c.what.startswith("sales served")]
    assert served == [{9: 4}, {2: 4, 10: 3}]
    free = next(c for c in story.checks if c.what.startswith("units on hand"))
    assert free.found == {77: 1}


def test_the_comparison_bites(tmp_path, monkeypatch):
    """Were the newest served first in the files, the story would say where it differs."""
    usual = wwi.read

    def turned(folder):
        files = usual(folder)
        for lines in files.waiting.values():
            lines.reverse()
        return files

    monkeypatch.setattr(wwi, "read", turned)
    story, said = tell(str(tmp_path / "story.db"), small(tmp_path))
    wrong = [c.what for c in story.checks if not c.ok]
    assert "sales served by purchase order 5, first delivery" in wrong
    assert "units of each sale row since" in wrong
    assert any(line.startswith("  NOT  sales served") for line in said)


def test_the_command_tells_it(tmp_path, capsys):
    assert story_command.main(["wwi", "--data", str(small(tmp_path))]) == 0
    assert "0 not as computed from the files" in capsys.readouterr().out


def test_the_command_says_what_it_cannot_run(tmp_path, capsys):
    assert story_command.main(["wwi", "--data", str(tmp_path)]) == 2
    assert "does not hold the files" in capsys.readouterr().err
