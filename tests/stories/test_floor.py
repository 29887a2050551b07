"""The floor that the benchmark measures by makes the same change of state as the program."""

from benchmarks import flow
from desktop_app.services.backend import Backend
from desktop_app.services.store import engine
from tests.helpers import databases
from tests.helpers.builders import a_supplier
from tests.helpers.many import many_products, many_sales


def _shop(kind):
    made = databases.clone(kind)
    store = engine.open_store(made.address)
    backend = Backend.sign_in(store, "mary")
    suppliers = [a_supplier(backend, f"Supplier {n}") for n in range(4)]
    sales = many_sales(backend, 60, many_products(backend, 30, suppliers), rows_each=5).sales
    return made, store, sales


def test_program_and_floor_leave_the_same_books(engine_kind):
    left = []
    for way in (flow.program, flow.plain):
        made, store, sales = _shop(engine_kind)
        try:
            way(store, sales, None)
            left.append(flow.books(store))
        finally:
            store.close()
            made.remove()
    ours, theirs = left
    assert ours["orders"]
    assert len(ours["pegs"]) == len(ours["events"]) == 300
    for name, rows in ours.items():
        assert rows == theirs[name], f"the floor leaves other {name}"
