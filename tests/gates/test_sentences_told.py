"""What a person reads: each sentence that is put together, with the parameters that come with it.

ux 3.13: what happened, what it means, what to do; no codes, never "invalid input".
"""

import pytest

from desktop_app.services.errors import Conflict, NotAllowed, Rejected, ServiceError, Unavailable
from desktop_app.services.rules.money import UNIT
from desktop_app.views import messages
from tests.gates.test_sentences import raised

ON_NOTE = {
    "kind": "on_goods_out", "sku": "PEN", "units": 2 * UNIT, "sale_id": 1, "number": 1041, "notes": [7, 8],
    "sales": [],
}  # fmt: skip
GONE = {**ON_NOTE, "kind": "on_hand"}
ENDED = {**ON_NOTE, "kind": "purchase_closed"}

SAID: list[tuple[ServiceError, str]] = [
    (Rejected("import_has_problems", count=3), "The files hold 3 problems. Nothing was imported."),
    (
        Rejected("unknown_mapping", name="abc", known=["backroom", "wwi"]),
        "There is no mapping “abc”. Known are backroom, wwi",
    ),
    (Rejected("mapping_wrong", name="a.toml", where="sales", reason="too long"), "a.toml is not right at sales: too"),
    (Rejected("mapping_wrong", name="a.toml", where="", reason="too long"), "a.toml is not right: too long."),
    (
        Unavailable("database_unavailable", reason="disk_full"),
        "Nothing was changed: the database did not answer (the disk is full). Try again.",
    ),
    (Unavailable("database_unavailable", reason="new one"), "(reason unknown)"),
    (
        Rejected("over_receipt", [{"sku": "PEN", "units": 9 * UNIT, "outstanding": 4 * UNIT, "raise_to": 15 * UNIT}], number=5012),
        "More than PO 5012 has to come. Nothing was received. PEN: 9 arrived, 4 to come; raise the row to 15",
    ),
    (
        Rejected("receipt_in_use", [ON_NOTE, GONE]),
        "2 × PEN of #1041 are on goods-out note 7, 8; 2 × PEN are promised to other sales or gone. Nothing",
    ),
    (Rejected("receipt_in_use", [ENDED] * 5), "the purchase order is closed or cancelled and 2 more. Nothing"),
    (Rejected("purchase_not_open", [1], number=5012, state="closed"), "PO 5012 is closed short: nothing more"),
    (Rejected("raise_not_higher", [1], sku="PEN", ordered=10 * UNIT), "PEN is ordered 10 times already."),
    (Rejected("not_more", [1], sku="PEN", ordered=10 * UNIT), "PEN has 10 on order already. Type a higher"),
    (Rejected("too_many_sales", chosen=12_000, limit=10_000), "12,000 sales are too many for one batch: at most 10,000."),
    (
        Rejected("batch_in_use", [{"id": 1, "number": 5001, "reason": "received"}, {"id": 2, "number": 5002, "reason": "sent"}]),
        "PO 5001 was received in part or in full; PO 5002 was sent to the supplier. Nothing was changed.",
    ),
    (Rejected("clone_in_use", [{"id": 1, "number": 5001, "reason": "promised"}]), "This purchase order cannot be undone any more: PO 5001"),
    (Rejected("row_in_use", [1], sku="PEN", number=5001, reason="received"), "PEN on PO 5001 cannot be lowered again: more of it"),
    (Rejected("confirm:more_than_needed", [1, 2]), "More than is still needed on 2 rows."),
    (Rejected("allocation_in_use", [1041, 1042]), "Units of #1041, #1042 are reserved no longer"),
    (Rejected("cannot_allocate_again", [1041]), "#1041 cannot get the units back"),
    (
        Rejected("cannot_cancel", [{"id": 1, "number": 1041, "reason": "shipped"}]),
        "Not cancelled: #1041 has goods shipped",
    ),
    (
        Rejected("address_incomplete", ["town"]),
        "The supplier could not deliver there: the address lacks town or postcode. Type it.",
    ),
    (Rejected("address_incomplete", ["street", "town"]), "the address lacks street and town or postcode."),
    (
        Rejected("confirm:displaces_units", [1], released=UNIT, freed=2 * UNIT),
        "needed on 1 row: 1 allocated unit is released and 2 units on other purchase orders become free.",
    ),
    (Rejected("more_than_left", [1], number=5001, left=UNIT), "PO 5001 has 1 unit left to ship on these lines."),
    (
        Rejected("drop_ship_covered", [1041, 1042], number=5001),
        "PO 5001 cannot deliver them again: units of #1041, #1042 have been covered in another way since.",
    ),
    (Rejected("clone_in_use", [{"id": 1, "number": 5001, "reason": "shipped"}]), "PO 5001 has units that its supplier"),
    (Rejected("drop_ship_notes", [7]), "Drop-ship note 7: the supplier ships it"),
    (Rejected("notes_shipped", [{"number": 7, "by": "Cleo Clerk", "at": None}]), "Shipped already: note 7 by Cleo Clerk."),
    (Rejected("fulfilment_in_use", [7, 8]), "Goods-out notes 7, 8 made by it: deleted already"),
    (Rejected("cannot_fulfil_again", [1041]), "#1041 cannot get the units back on a note"),
    (Rejected("ships_complete", [1041]), "#1041 ships complete only: all of it or nothing."),
    (Rejected("sales_held", [{"number": 1041, "reason": "on_hold"}]), "Not shipped: #1041 is on hold. Change"),
    (
        Rejected("not_that_many", [{"sku": "PEN", "units": 3 * UNIT, "can": 2 * UNIT}]),
        "More than is allocated: PEN: 3 asked for, 2 allocated. Nothing was shipped.",
    ),
    (
        Rejected("credit_exceeds_sold", [{"sku": "PEN", "sold": 5 * UNIT, "credited": 3 * UNIT, "asked": 4 * UNIT}]),
        "No more can be taken back than was sold. PEN: 5 sold, 3 taken back before, 4 asked now. Nothing",
    ),
    (Rejected("credit_row_not_sold", ["PEN"]), "PEN: not on this sale, so it cannot be taken back from it."),
    (Rejected("credit_quantity", ["PEN", "INK"]), "PEN; INK: take back whole units, at least one."),
    (Rejected("credit_reason", ["PEN"]), "Choose a reason, and what happens to the goods: PEN."),
    (Rejected("no_quarantine", ["Leeds"]), "Leeds has no quarantine location"),
    (
        Rejected("confirm:goods_not_shipped", [{"sku": "PEN", "shipped": UNIT, "returned": 0, "asked": 2 * UNIT}]),
        "More comes back than has left by the books. PEN: 1 shipped, 0 came back before, 2 now.",
    ),
    (
        Rejected("refund_exceeds_credit", total=1200, currency="GBP", digits=2),
        "The goods taken back are worth £12.00: no more than that can be paid out.",
    ),
    (
        Rejected("confirm:refund_above_paid", number=1041, left=1000, amount=1200, currency="GBP", digits=2),
        "£10.00 of what was paid for #1041 is still here, and £12.00 is more. Pay it out nevertheless?",
    ),
    (
        Rejected("payout_exceeds_credit", number=12, left=600, amount=601, currency="GBP", digits=2),
        "£6.00 of credit 12 is not paid out yet, and £6.01 is more. Nothing was paid out.",
    ),
    (Rejected("credit_paid_out", number=12), "Credit 12 is paid out already."),
    (Rejected("payout_known", reference="BACS 7", number=12), "A payout “BACS 7” of credit 12 is recorded already."),
    (Rejected("invoice_day", day="2099-05-02"), "2 May 2099 is still to come. Date the invoice today or earlier."),
    (
        Rejected("confirm:overpaid", number=1041, due=400, amount=401, currency="GBP", digits=2),
        "£4.00 is due for #1041, and £4.01 is more. Record it nevertheless?",
    ),
    (NotAllowed("not_allowed", command="Batch purchase order", needs="place_purchases"), "Needs buyer or manager. Nothing was changed."),
    (NotAllowed("not_yours_to_undo", command="Scan"), "Only the person who did this, or a manager, can undo it."),
    (Conflict("draft_gone", number=5012), "This count is gone"),
    (Rejected("text_too_long", field="reference", limit=120), "The reference is too long: at most 120 characters."),
    (
        Rejected("more_than_on_hand", [{"sku": "PEN", "warehouse": "Leeds", "on_hand": 2 * UNIT, "units": 3 * UNIT}]),
        "PEN in Leeds: 2 on hand, 3 wanted. Nothing was changed.",
    ),
    (
        Rejected("more_than_in_transit", [{"sku": "PEN", "in_transit": 2 * UNIT, "units": 3 * UNIT}], number=7),
        "More than transfer 7 has on its way: PEN: 2 on the way. Nothing",
    ),
    (Rejected("transfer_not_open", number=7, state="received"), "Transfer 7 is received. Nothing"),
    (Rejected("count_not_open", number=7, state="posted"), "Count 7 is posted meanwhile. Nothing"),
    (
        Rejected("confirm:below_promised", [{"number": 1041, "loses": 2 * UNIT}, {"number": 1040, "loses": 0}], lacking_units=2 * UNIT),
        "2 of these units are promised to sales. They would be taken from #1041 2, the newest first.",
    ),
    (Rejected("more_than_in_stock", [{"sku": "PEN", "there": 7 * UNIT, "units": 8 * UNIT}]), "PEN: 7 there. Count again."),
    (Rejected("served_in_use", [1041, 1042]), "Units were given to #1041, #1042, and are not in reserve there"),
    (Rejected("shop_products_unknown", ["PEAR (Pear)", "FIG"]), "Not among the products: PEAR (Pear), FIG. Add 2 products or"),
    (Rejected("shop_warehouse_unknown", ["MOON"]), "There is no warehouse MOON. Add it, or"),
    (Rejected("shop_row_twice", ["L1", "L2", "L3", "L4", "L5"]), "the same ID: L1, L2, L3, L4 and 1 more. Ask"),
    (Rejected("shop_money_absurd", row=2, amount=-5 * UNIT), "Row 2 has an amount that cannot be: −5. Ask"),
    (Rejected("shop_money_absurd", row=0, amount=-5 * UNIT), "The order has an amount that cannot be: −5. Ask"),
    (
        Rejected("shop_total_differs", total=100, rows=600, currency="GBP", digits=2),
        "the order comes to £1.00, but its rows come to £6.00. Ask",
    ),
    (Rejected("shop_payment_absurd", amount=-UNIT), "A payment of −1 cannot be. Ask"),
    (Rejected("shop_payment_twice", ["P-9"]), "The payment P-9 was counted before. Ask"),
    # shop messages that cannot be read, and their ways in
    (Rejected("json_too_large", bytes=2_000_000, limit=1_048_576), "The message has 2,000,000 bytes; at most 1,048,576 are"),
    (
        Rejected("field_not_known", where="lines[0].fulfil", value="soon", known=["now", "ship_later"]),
        "lines[0].fulfil says “soon”. Known are now, ship_later. Ask the shop",
    ),
    (Rejected("field_out_of_place", where="refund", kind="sale"), "refund has no meaning with “sale”. Nothing was guessed."),
    (
        Rejected("payment_does_not_fit", kind="full", paid_money=5 * UNIT, total_money=6 * UNIT),
        "It is paid in full, but the payments come to 5 of 6. Ask the shop",
    ),
    (
        Rejected("payment_does_not_fit", kind="on_account", paid_money=5 * UNIT, total_money=6 * UNIT),
        "It is on account, but 5 were paid.",
    ),
    (
        Rejected("payment_does_not_fit", kind="deposit", paid_money=6 * UNIT, total_money=6 * UNIT),
        "It has a deposit, but the payments come to 6 of 6.",
    ),
    (
        Rejected("total_does_not_add_up", total_money=409_9400, rows_money=398_0000),
        "The order says 409.94, but what it consists of comes to 398. Ask",
    ),
    (
        Rejected("intake_too_large", path="huge.json", bytes=2_000_000, limit=1_048_576),
        "huge.json has 2,000,000 bytes; a message has at most 1,048,576. Ask the shop",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("error", "words"), SAID, ids=lambda one: one.code if isinstance(one, ServiceError) else ""
)
def test_the_person_reads(error, words):
    said = messages.sentence(error)
    assert words in said
    assert said.endswith((".", "?"))


def test_every_sentence_that_is_put_together_is_tried_here():
    made = {code for code, said in messages.SENTENCES.items() if callable(said)}
    assert made <= {error.code for error, _ in SAID}


def test_it_is_tried_with_what_the_services_tell():
    """An example with a parameter that some refusal does not carry would prove nothing."""
    examples = {
        error.code: error for error, _ in SAID if callable(messages.SENTENCES.get(error.code))
    }
    for one in raised():
        if one.code in examples and one.params is not None:
            lacking = examples[one.code].params.keys() - one.params
            assert not lacking, f"{one.code} ({one.where}) lacks {', '.join(lacking)}"


def test_no_sentence_names_a_code_or_blames_the_person():
    for code, said in messages.SENTENCES.items():
        if isinstance(said, str):
            assert said.endswith((".", "?")), code
            assert said[0].isupper() or said[0] in "“{", code
            assert "invalid" not in said.lower(), code
            assert "error" not in said.lower(), code
            assert "_" not in said.replace("{", "").replace("}", "") or "{" in said, code
