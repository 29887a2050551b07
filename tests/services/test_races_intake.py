"""Shop messages while others are at work: nothing lost, nothing doubled (R11.3; reliability 3.5)."""

from desktop_app.services.pos_intake import apply_pending
from desktop_app.services.pos_messages import state_counts, take_in
from desktop_app.services.sales import allocate, release
from tests.helpers import foundation as f
from tests.helpers.builders import Row, a_product, a_sale, once, stock
from tests.helpers.races import together, worked
from tests.helpers.tills import a_shop, back, counts, level, raw, refund, sale, send, sold


def test_two_workstations_take_in_the_same_messages(two_workstations):
    """R7.1: each message is kept once, whoever reads the folder first."""
    first, second = two_workstations
    a_shop(first)
    a_product(first, "APPLE")
    raws = [raw(sale(f"T{n}", [("APPLE", 1)])) for n in range(20)]
    for start in range(0, 20, 10):
        part = raws[start : start + 10]
        answers = worked(
            together(
                [
                    lambda part=part: first.run(take_in(part), once=once()).result,
                    lambda part=part: second.run(take_in(part[::-1]), once=once()).result,
                ]
            )
        )
        assert sum(one["taken"] for one in answers) == 10
        assert sum(one["repeated"] for one in answers) == 10
    assert first.read(state_counts) == {"new": 20}


def test_two_workstations_apply(two_workstations):
    """One at a time on a server; in one program whoever comes first. Each order is made once."""
    first, second = two_workstations
    a_shop(first)
    apple = a_product(first, "APPLE")
    stock(first, {apple: 15}, f.SHOP)
    send(first, *(sale(f"T{n}", [("APPLE", 1)]) for n in range(15)))
    done = worked(together([lambda: apply_pending(first), lambda: apply_pending(second)]))
    done.append(apply_pending(second))
    assert sum(one.states["applied"] for one in done) >= 15
    assert not sum(one.states["parked"] for one in done)
    assert counts(first)["sale"] == 15
    assert level(first, apple) == (0, 0, 0)


def test_shop_orders_while_the_desk_allocates_and_releases(two_workstations):
    """Both take from the same shelf under the same locks; what is not there is not promised."""
    first, second = two_workstations
    a_shop(first)
    goods = [a_product(first, f"G{n}") for n in range(3)]
    stock(first, dict.fromkeys(goods, 20), f.SHOP)
    waiting = [a_sale(first, [Row(p, 4, warehouse=f.SHOP) for p in goods]) for _ in range(5)]
    send(
        first,
        *(sale(f"T{n}", [("G0", 1), ("G1", 1), ("G2", 1)]) for n in range(12)),
        *(refund(f"R{n}", f"T{n}", [back(1, "L1")]) for n in range(6)),
    )

    def desk():
        for one in waiting:
            second.run(allocate([one.id]), once=once())
            second.run(release([one.id]), once=once())

    done, _ = worked(together([lambda: apply_pending(first), desk]))
    assert dict(done.states) == {"applied": 18}
    assert [level(first, p)[1] >= 0 for p in goods] == [True] * 3
    for n in range(12):
        # *Now* rows stand or fall together (R7.4), whatever was going on beside them.
        assert sold(first, f"T{n}").shipping in (0, 2)
