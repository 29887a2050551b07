"""Wide World Importers through the main job, each figure against the files (R3.3 to R3.5, R5.5)."""

import shutil

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


def test_a_damaged_story_is_noticed(tmp_path, folder, capsys):
    """The comparison bites: one unit less on one line of the files makes it fail."""
    copied = tmp_path / "wwi"
    shutil.copytree(folder, copied)
    expected = read(folder)
    line = expected.lines[5]
    line.quantity += 1
    said = []
    story = wwi.Story(None, copied, said.append, expected)
    story.expect("units sold", sum(one.quantity for one in expected.lines), 6_332_990)
    assert [check.ok for check in story.checks] == [False]
    assert said == ["  NOT  units sold: 6,332,990, expected 6,332,991"] or said[0].startswith("  NOT")


def test_the_command_says_what_it_cannot_run(tmp_path, capsys):
    assert story_command.main(["wwi", "--data", str(tmp_path)]) == 2
    assert "does not hold the files" in capsys.readouterr().err
