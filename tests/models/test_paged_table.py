"""The lazy table (architecture 9): true count, pages, eras, changes in place."""

import threading
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from desktop_app.models.background import Background
from desktop_app.models.paged_table import CellRole, PagedTable
from desktop_app.models.row_pages import PageRequests, RowPages
from desktop_app.services.changes import Changes, Topic

from .fake_list import DOWN_BY_NAME, FakeDoor, FakeFilter, FakeList, FakeRow, columns

EVERY = FakeFilter()


@pytest.fixture
def background(qapp):
    made = Background()
    yield made
    made.close()


def build(background, rows, page_rows=200):
    data = FakeList(rows, page_rows)
    door = FakeDoor()
    return (
        data,
        door,
        PagedTable(door, background, data.source(), columns()),
    )


def settle(qtbot, background):
    qtbot.waitUntil(lambda: background.busy == 0)


def texts(table, rows, column=0):
    return [table.index(row, column).data() for row in rows]


def test_shows_the_first_page_and_the_true_count(qtbot, background, qtmodeltester):
    _, _, table = build(background, 450)
    with qtbot.waitSignal(table.shown):
        table.show(EVERY)
    settle(qtbot, background)
    assert (table.rowCount(), table.exact) == (450, True)
    assert texts(table, [0, 199]) == ["#1", "#200"]
    qtmodeltester.check(table)


def test_first_rows_show_before_the_count(qtbot, background):
    data, _, table = build(background, 450)
    gate = threading.Event()
    counted = data.count
    slow = replace(table.source, count=lambda db, where: gate.wait(5) and counted(db, where))
    table.source = slow
    # The door's lock would hold the page back behind the count.
    table._backend = type("Door", (), {"read": staticmethod(lambda q, *a: q(None, *a))})
    seen = []
    table.counted.connect(lambda total, exact: seen.append((total, exact)))
    with qtbot.waitSignal(table.shown):
        table.show(EVERY)
    assert (table.rowCount(), table.exact) == (200, False)
    gate.set()
    settle(qtbot, background)
    assert seen == [(200, False), (450, True)]
    assert table.rowCount() == 450


def test_a_missing_row_is_asked_for_and_paints_nothing(qtbot, background):
    data, _, table = build(background, 1000)
    table.show(EVERY)
    settle(qtbot, background)
    data.pages.clear()
    assert table.index(700, 0).data() is None
    assert table.index(700, 0).data(CellRole.LOADED) is False
    assert table.index(701, 0).data() is None
    with qtbot.waitSignal(table.page_arrived):
        pass
    assert table.index(700, 0).data() == "#701"
    assert data.pages == [(600, False)]  # one request for the page, a jump


def test_the_neighbour_page_is_read_by_key(qtbot, background):
    data, _, table = build(background, 1000)
    table.show(EVERY)
    settle(qtbot, background)
    data.pages.clear()
    table.ensure(200, 210)
    settle(qtbot, background)
    assert data.pages == [(200, True)]
    assert texts(table, [200, 399]) == ["#201", "#400"]


def test_a_flung_scroll_bar_costs_few_pages(qtbot, background):
    data, door, table = build(background, 20_000)
    table.show(EVERY)
    settle(qtbot, background)
    data.pages.clear()
    door.gate = threading.Event()
    for page in range(5, 95):
        table.index(page * 200, 0).data()
    door.gate.set()
    settle(qtbot, background)
    assert len(data.pages) == 4  # two were running, two waited
    assert {first // 200 for first, _ in data.pages} == {5, 6, 93, 94}


def test_forty_pages_are_kept(qtbot, background):
    _, _, table = build(background, 20_000, page_rows=50)
    table.show(EVERY)
    settle(qtbot, background)
    for page in range(60):
        table.ensure(page * 50, page * 50 + 1)
        settle(qtbot, background)
    assert len(table._pages) == 40
    assert table.peek(0) is None
    assert table.peek(59 * 50) is not None


def test_an_answer_of_an_earlier_era_is_dropped(qtbot, background):
    data, door, table = build(background, 600)
    table.show(EVERY)
    settle(qtbot, background)
    door.gate = threading.Event()
    table.index(500, 0).data()
    table.show(FakeFilter("customer 1"))
    door.gate.set()
    settle(qtbot, background)
    wanted = data.ordered(FakeFilter("customer 1"), None)
    assert table.rowCount() == len(wanted) < 200
    assert texts(table, range(len(wanted)), 1) == [row.name for row in wanted]


def test_old_rows_stay_until_the_new_ones_are_here(qtbot, background):
    _, door, table = build(background, 300)
    table.show(EVERY)
    settle(qtbot, background)
    door.gate = threading.Event()
    busy = []
    table.busy_changed.connect(busy.append)
    table.show(EVERY, DOWN_BY_NAME)
    assert table.busy
    assert texts(table, [0]) == ["#1"]
    door.gate.set()
    settle(qtbot, background)
    assert busy == [True, False]
    assert texts(table, [0], 1) != ["#1"]
    names = texts(table, range(200), 1)
    assert names == sorted(names, reverse=True)


def test_refresh_stays_at_a_record(qtbot, background):
    data, _, table = build(background, 5000)
    table.show(EVERY)
    settle(qtbot, background)
    for gone in range(1, 101):
        del data.rows[gone]
    with qtbot.waitSignal(table.shown) as shown:
        table.refresh(keep=3001, at=3000)
    assert shown.args == [2900, True]
    assert texts(table, [2900, 2950, 2850]) == ["#3001", "#3051", "#2951"]
    assert table.rowCount() == 4900


def test_refresh_when_the_record_is_gone_stays_at_its_place(qtbot, background):
    data, _, table = build(background, 500)
    table.show(EVERY)
    settle(qtbot, background)
    del data.rows[500]
    with qtbot.waitSignal(table.shown) as shown:
        table.refresh(keep=500, at=499)
    assert shown.args == [498, False]


def test_empty_list(qtbot, background, qtmodeltester):
    _, _, table = build(background, 0)
    with qtbot.waitSignal(table.shown) as shown:
        table.show(EVERY)
    settle(qtbot, background)
    assert (table.rowCount(), table.exact, shown.args) == (0, True, [None, False])
    table.refresh(keep=3, at=4)
    settle(qtbot, background)
    assert table.rowCount() == 0
    qtmodeltester.check(table)


def test_changed_rows_are_read_again_in_place_and_tinted(qtbot, background, monkeypatch):
    monkeypatch.setattr("desktop_app.models.paged_table.TINT_SECONDS", 0.05)
    data, _, table = build(background, 300)
    table.show(EVERY)
    settle(qtbot, background)
    data.pages.clear()
    data.rows[5] = replace(data.rows[5], name="Renamed")
    table.apply(Changes("till", {Topic.STOCK: {5}}))
    assert background.busy == 0
    with qtbot.waitSignal(table.dataChanged) as changed:
        table.apply(Changes("till", {Topic.SALES: {5}}))
    assert (changed.args[0].row(), changed.args[1].row()) == (4, 4)
    assert texts(table, [4], 1) == ["Renamed"]
    assert table.index(4, 0).data(CellRole.TINT) is True
    assert data.pages == []
    qtbot.waitUntil(lambda: not table.is_tinted(5))


def test_new_rows_are_announced_not_inserted(qtbot, background):
    data, _, table = build(background, 300)
    table.show(EVERY)
    settle(qtbot, background)
    for new in (901, 902, 903):
        data.rows[new] = replace(data.rows[1], id=new)
    with qtbot.waitSignal(table.stale) as stale:
        table.apply(Changes("till", {Topic.SALES: {901, 902, 903}}))
    assert stale.args == [3]
    assert table.rowCount() == 300


def test_a_row_that_moved_marks_the_list(qtbot, background):
    data, _, table = build(background, 30)
    table.show(EVERY)
    settle(qtbot, background)
    del data.rows[3]
    data.rows[99] = replace(data.rows[1], id=99)
    with qtbot.waitSignal(table.stale) as stale:
        table.apply(Changes("till", {Topic.SALES: {3, 99}}))
    assert stale.args == [0]


def test_a_page_that_cannot_be_read_says_so_and_can_be_retried(qtbot, background):
    _, door, table = build(background, 900)
    table.show(EVERY)
    settle(qtbot, background)
    door.fail = OSError("away")
    table.index(700, 0).data()
    with qtbot.waitSignal(table.failed):
        pass
    assert table.index(700, 0).data(CellRole.BROKEN) is True
    assert table.index(0, 0).data() == "#1"
    door.fail = None
    table.retry()
    table.index(700, 0).data()
    settle(qtbot, background)
    assert table.index(700, 0).data() == "#701"


def test_a_failed_filter_leaves_the_old_rows_usable(qtbot, background):
    _, door, table = build(background, 900)
    table.show(EVERY)
    settle(qtbot, background)
    door.fail = OSError("away")
    with qtbot.waitSignal(table.failed):
        table.show(FakeFilter("customer 1"))
    settle(qtbot, background)
    door.fail = None
    assert not table.busy
    assert table.rowCount() == 900
    table.index(700, 0).data()
    settle(qtbot, background)
    assert table.index(700, 0).data() == "#701"  # still a row of the filter that is shown


def test_spoken_and_aligned(qtbot, background):
    _, _, table = build(background, 3)
    table.show(EVERY)
    settle(qtbot, background)
    cell = table.index(0, 2)
    assert cell.data(Qt.ItemDataRole.AccessibleTextRole) == "£1.37"
    assert cell.data(Qt.ItemDataRole.TextAlignmentRole) & Qt.AlignmentFlag.AlignRight
    assert table.headerData(1, Qt.Orientation.Horizontal) == "Customer"
    table.show(EVERY, DOWN_BY_NAME)
    tip = table.headerData(1, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
    assert tip == "Z first"


def test_ids_between_and_all(qtbot, background):
    _, _, table = build(background, 900)
    table.show(EVERY)
    settle(qtbot, background)
    seen = []
    table.ask_ids_between(700, 698, seen.append)
    settle(qtbot, background)
    table.ask_all_ids(seen.append)
    settle(qtbot, background)
    table.ask_matching({1, 5000}, seen.append)
    settle(qtbot, background)
    assert seen[2] == {1}
    assert seen[0] == [698, 699, 700]
    assert seen[1] == list(range(1, 901))


def test_row_pages_evicts_the_page_used_longest_ago():
    pages: RowPages[FakeRow] = RowPages(2, kept=2)
    rows = [FakeRow(n, (n,), "", "", 0) for n in range(6)]
    pages.put(0, rows[0:2])
    pages.put(1, rows[2:4])
    pages.touch(0)
    pages.put(2, rows[4:6])
    assert [row.id for row in pages] == [0, 1, 4, 5]
    assert pages.place_of(2) is None
    assert pages.place_of(5) == 5
    assert pages.key_before(1) == (1,)
    assert pages.key_before(2) is None
    pages.put(1, rows[2:3])
    assert pages.key_before(2) is None  # a short page is the last or has a gap


def test_row_pages_a_row_that_moved_to_another_page_stays_found():
    pages: RowPages[FakeRow] = RowPages(2)
    rows = [FakeRow(n, (n,), "", "", 0) for n in range(4)]
    pages.put(0, rows[0:2])
    pages.put(1, [rows[1], rows[2]])
    assert pages.place_of(1) == 2
    pages.put(0, [rows[0], rows[3]])
    assert pages.place_of(1) == 2
    assert pages.shown({1, 3, 77}) == {1, 3}


def test_page_requests():
    requests = PageRequests()
    for page in (1, 2, 3, 4, 5):
        requests.want(page)
        if page <= 2:
            assert requests.take() == page
    assert requests.take() is None
    requests.want(1)  # runs already
    requests.ended(1)
    requests.ended(2)
    assert [requests.take(), requests.take(), requests.take()] == [5, 4, None]
