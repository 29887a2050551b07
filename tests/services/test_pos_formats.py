"""Reading what tills send: the gate, our own format and its published schema (reliability 4.3, 5.2)."""

import copy
import hashlib
import json
import re
import time
from decimal import Decimal

import fastjsonschema
import pytest

from desktop_app.services import pos_formats
from desktop_app.services.pos_formats import gate
from desktop_app.services.pos_shapes import CannotRead, NotAnOrder, refund_sum, sale_of
from desktop_app.views import messages
from tests.helpers.sources import PACKAGE, ROOT, trees

EXAMPLES = [
    json.loads(one)
    for one in re.findall(
        r"```json\n(.*?)```", (ROOT / "docs/pos-messages.md").read_text(encoding="utf-8"), re.DOTALL
    )
]
SALE, DEPOSIT, ACCOUNT, REFUND, EXCHANGE = EXAMPLES
SCHEMA = json.loads((ROOT / "resources/schemas/pos-message.schema.json").read_text("utf-8"))
fits_schema = fastjsonschema.compile(SCHEMA)


def refusal(raw):
    with pytest.raises((CannotRead, NotAnOrder)) as caught:
        pos_formats.read(raw)
    assert caught.value.code in messages.SENTENCES
    said = messages.SENTENCES[caught.value.code]
    sentence = said(caught.value.params) if callable(said) else said.format(**caught.value.params)
    assert "{" not in sentence
    return type(caught.value).__name__, caught.value.code, caught.value.params


def said(value):
    return json.dumps(value).encode()


# --- the gate -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "kind", "code"),
    [
        (b"", "NotAnOrder", "message_empty"),
        (b"\xef\xbb\xbf \n", "NotAnOrder", "message_empty"),
        (b"<html></html>", "NotAnOrder", "not_json"),
        (b'"text"', "NotAnOrder", "not_json"),
        (b"7", "NotAnOrder", "not_json"),
        (b"{}" * 600_000, "CannotRead", "json_too_large"),
        ('{"a":"é"}'.encode("latin-1"), "CannotRead", "json_not_utf8"),
        ('{"a":1}'.encode("utf-16"), "CannotRead", "json_not_utf8"),
        ('{"a":1}'.encode("utf-32"), "CannotRead", "json_not_utf8"),
        (b'{"a":"\xed\xa0\x80"}', "CannotRead", "json_not_utf8"),
        (b'{"a":"\xc0\xaf"}', "CannotRead", "json_not_utf8"),
        ('{"a":1}'.encode("utf-16-le"), "CannotRead", "json_damaged"),
        (b"[" * 100_000, "CannotRead", "json_too_deep"),
        (b'{"a":' * 100_000, "CannotRead", "json_too_deep"),
        (b"[" * 65 + b"]" * 65, "CannotRead", "json_too_deep"),
        (b'{"a":NaN}', "CannotRead", "json_absurd_number"),
        (b'{"a":-Infinity}', "CannotRead", "json_absurd_number"),
        (b'{"a":1e400}', "CannotRead", "json_absurd_number"),
        (b'{"a":1e-9999}', "CannotRead", "json_absurd_number"),
        (b'{"a":' + b"9" * 5_000 + b"}", "CannotRead", "json_absurd_number"),
        (b'{"a":0.' + b"1" * 5_000 + b"}", "CannotRead", "json_absurd_number"),
        (b'{"a":"\\u0000"}', "CannotRead", "json_control_character"),
        (b'{"a":"\x01"}', "CannotRead", "json_control_character"),
        (b'{"a":["\\ud800"]}', "CannotRead", "json_control_character"),
        (b'{"\\udc00":1}', "CannotRead", "json_control_character"),
        (b'[["\\u0007"]]', "CannotRead", "json_control_character"),
        (b'{"a":1}{"b":2}', "CannotRead", "json_two_documents"),
        (b'{"a":1}\x00', "CannotRead", "json_two_documents"),
        (b'{"a":1', "CannotRead", "json_cut_off"),
        (b'{"a":"x', "CannotRead", "json_cut_off"),
        (b'{"a":{"b":[1,', "CannotRead", "json_cut_off"),
        (b'{"a":01}', "CannotRead", "json_damaged"),
        (b'{"a":1_000}', "CannotRead", "json_damaged"),
        ('{"a":٣}'.encode(), "CannotRead", "json_damaged"),
        (b'{"a":1,}', "CannotRead", "json_damaged"),
        (b"{'a':1}", "CannotRead", "json_damaged"),
        (b'{"a":1}', "CannotRead", "format_unknown"),
        (b"[]", "CannotRead", "format_unknown"),
    ],
)
def test_the_gate_refuses(raw, kind, code):
    assert refusal(raw)[:2] == (kind, code)


@pytest.mark.parametrize(
    "raw", [b'["' + b'\\"' * 500_000, b"[" + b'"",' * 340_000 + b'""]', b'"' * 1_000_000]
)
def test_no_text_of_a_megabyte_holds_the_gate_up(raw):
    began = time.monotonic()
    refusal(raw)
    assert time.monotonic() - began < 5  # going back over it would take minutes


def test_numbers_are_exact():
    read = gate.read(b'{"a": 0.1, "b": 12345678901234567890, "c": 1.50, "d": 2E2}').value
    assert read == {
        "a": Decimal("0.1"), "b": 12345678901234567890, "c": Decimal("1.50"), "d": Decimal(200),
    }  # fmt: skip
    assert not any(isinstance(value, float) for value in read.values())


def test_line_ends_in_text_are_kept_and_the_mark_is_passed_over():
    assert gate.read(b'\xef\xbb\xbf{"a":"1 Quay\\nBath"}').value == {"a": "1 Quay\nBath"}


def test_a_key_that_comes_twice_is_refused():
    raw = said(SALE).replace(b'"total"', b'"currency": "USD", "total"')
    assert refusal(raw) == ("CannotRead", "json_key_twice", {"key": "currency"})


def test_every_reason_has_its_sentence():
    """Codes of NotAnOrder and CannotRead, as ``tests/gates/test_sentences`` does for errors."""
    codes = set()
    for name, _tree in trees(PACKAGE / "services"):
        text = (ROOT / name).read_text(encoding="utf-8")
        codes |= set(re.findall(r'(?:CannotRead|NotAnOrder)\(\s*"(\w+)"', text))
    assert {"json_too_deep", "field_missing", "not_an_order"} <= codes
    assert codes <= messages.SENTENCES.keys()


# --- our own format -------------------------------------------------------------------------------


def test_the_documented_sale_is_read():
    (made,) = pos_formats.read(said(SALE))
    assert (made.transaction_id, made.message_id, made.currency) == (
        "T1-2026-000123", "T1-000123", "GBP",
    )  # fmt: skip
    assert (made.till, made.cashier, made.receipt) == ("T1", "Ann Lee", "000123")
    assert made.rung_at.isoformat() == "2026-05-01T08:30:00+00:00"
    assert [(x.sku, x.barcode, x.quantity, x.method) for x in made.lines] == [
        ("APPLE", "", 20_000, "now"), ("", "5012345678900", 10_000, "now"),
    ]  # fmt: skip
    assert [(x.net, x.tax, x.tax_rate) for x in made.lines] == [
        (20_000, 4_000, 2_000), (45_000, 9_000, 2_000),
    ]  # fmt: skip
    assert sale_of(made) == made.total == 78_000
    assert [(x.amount, x.method, x.external_id) for x in made.payments] == [(78_000, "card", "P-1")]
    assert (made.is_sale, made.is_refund, made.customer) == (True, False, None)


def test_the_documented_deposit_is_read():
    (made,) = pos_formats.read(said(DEPOSIT))
    assert [(x.method, x.ship_from) for x in made.lines] == [
        ("ship_later", "DEPOT"), ("back_order", ""), ("now", ""),
    ]  # fmt: skip
    assert [x.kind for x in made.lines] == ["goods", "goods", "charge"]
    assert sale_of(made) == made.total == 5_400_000
    assert made.payments[0].amount == 1_000_000
    assert (made.customer.external_id, made.customer.email) == ("C-1001", "alice@example.com")
    assert made.address == "2 Mill Lane\nBath"


def test_the_documented_refund_and_exchange_are_read():
    (refund,) = pos_formats.read(said(REFUND))
    assert (refund.is_sale, refund.is_refund, refund.refund_of) == (False, True, "T1-2026-000123")
    (row,) = refund.refund_lines
    assert (row.of_line, row.disposition, row.reason) == ("1", "write_off", "bruised")
    assert refund_sum(refund) == refund.refund_total == refund.refunds[0].amount == 12_000
    (both,) = pos_formats.read(said(EXCHANGE))
    assert (both.is_sale, both.is_refund) == (True, True)
    assert (both.total, both.refund_total, both.payments[0].amount) == (60_000, 12_000, 48_000)
    (account,) = pos_formats.read(said(ACCOUNT))
    assert (account.payments, account.total) == ((), 240_000)


def change(example, path, value):
    made = copy.deepcopy(example)
    *way, last = path
    inside = made
    for step in way:
        inside = inside[step]
    inside[last] = value
    return made


@pytest.mark.parametrize(
    ("example", "path", "value", "code", "where"),
    [
        (SALE, ("format",), "backroom/2", "format_version_unknown", None),
        (SALE, ("kind",), "gift", "field_not_known", "kind"),
        (SALE, ("refund",), REFUND["refund"], "field_out_of_place", "refund"),
        (REFUND, ("total",), "1.00", "field_out_of_place", "total"),
        (SALE, ("surprise",), 1, "field_unknown", "surprise"),
        (SALE, ("lines", 1, "prise"), "1", "field_unknown", "lines[1].prise"),
        (SALE, ("lines", 0, "fulfil"), "sometime", "field_not_known", "lines[0].fulfil"),
        (SALE, ("lines", 0, "ship_from"), "DEPOT", "field_out_of_place", "lines[0].ship_from"),
        (SALE, ("lines", 0, "quantity"), 0, "field_not_positive", "lines[0].quantity"),
        (SALE, ("lines", 0, "quantity"), -2, "field_not_positive", "lines[0].quantity"),
        (SALE, ("lines", 0, "quantity"), "2 pcs", "field_not_number", "lines[0].quantity"),
        (SALE, ("lines", 0, "quantity"), "٣", "field_not_number", "lines[0].quantity"),
        (SALE, ("lines", 0, "quantity"), 10**13, "field_not_number", "lines[0].quantity"),
        (SALE, ("lines", 0, "quantity"), True, "field_wrong_kind", "lines[0].quantity"),
        (SALE, ("lines", 0, "price"), 1.2, "field_wrong_kind", "lines[0].price"),
        (SALE, ("lines", 0, "price"), "1.23456", "field_too_fine", "lines[0].price"),
        (SALE, ("lines", 0, "price"), "-1.20", "field_below_zero", "lines[0].price"),
        (SALE, ("lines", 0, "price"), "1e3", "field_not_number", "lines[0].price"),
        (SALE, ("lines", 0, "price"), "NaN", "field_not_number", "lines[0].price"),
        (SALE, ("lines", 0, "discount"), "9.00", "field_below_zero", "lines[0].discount"),
        (SALE, ("lines", 0, "tax_rate"), "120", "field_not_rate", "lines[0].tax_rate"),
        (SALE, ("lines", 0, "id"), 1, "field_wrong_kind", "lines[0].id"),
        (SALE, ("lines", 0, "sku"), "AP\u200bPLE", "field_invisible", "lines[0].sku"),
        (SALE, ("lines",), {}, "field_wrong_kind", "lines"),
        (SALE, ("lines",), [], "field_missing", "lines"),
        (SALE, ("at",), "2026-02-30T09:30:00Z", "field_not_time", "at"),
        (SALE, ("at",), "2026-05-01T24:00:00Z", "field_not_time", "at"),
        (SALE, ("at",), "2026-05-01T09:30:00", "field_not_time", "at"),
        (SALE, ("at",), "01/02/03 09:30", "field_not_time", "at"),
        (SALE, ("currency",), "pounds", "field_wrong_kind", "currency"),
        (SALE, ("customer",), {}, "field_missing", "customer.name"),
        (SALE, ("note",), "x" * 3_000, "field_too_long", "note"),
        (SALE, ("payment", "kind"), "on_account", "payment_does_not_fit", None),
        (SALE, ("payment", "kind"), "deposit", "payment_does_not_fit", None),
        (SALE, ("payment", "payments"), [], "payment_does_not_fit", None),
        (SALE, ("payment", "payments", 0, "amount"), "-7.80", "field_not_positive",
         "payment.payments[0].amount"),
        (REFUND, ("refund", "lines", 0, "disposition"), "eat", "field_not_known",
         "refund.lines[0].disposition"),
        (EXCHANGE, ("payment", "payments", 0, "amount"), "5.00", "payment_does_not_fit", None),
    ],
)  # fmt: skip
def test_our_format_refuses(example, path, value, code, where):
    kind, found, params = refusal(said(change(example, path, value)))
    assert (kind, found) == ("CannotRead", code)
    if where is not None:
        assert params["where"] == where


# --- the schema and the reader say the same -------------------------------------------------------

BEYOND_A_SCHEMA = {"payment_does_not_fit", "field_not_time", "field_too_fine", "field_below_zero"}
"""What must add up, and days that no calendar has."""


def _agree(value, what=""):
    try:
        fits_schema(value)
        by_schema = True
    except fastjsonschema.JsonSchemaValueException:
        by_schema = False
    try:
        pos_formats.read(said(value))
        by_reader, code = True, ""
    except CannotRead as error:
        by_reader, code = False, error.code
    if by_schema and not by_reader and code in BEYOND_A_SCHEMA:
        return
    assert by_schema == by_reader, (what, by_schema, by_reader, code)


def _places(value, path=()):
    yield path
    if isinstance(value, dict | list):
        for key, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _places(one, (*path, key))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one["message_id"])
def test_schema_and_reader_take_the_documented_messages(example):
    fits_schema(example)
    assert pos_formats.read(said(example))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one["message_id"])
def test_schema_and_reader_agree_when_something_is_missing_or_of_another_kind(example):
    tried = 0
    for path in _places(example):
        if not path:
            continue
        missing = copy.deepcopy(example)
        inside = missing
        for step in path[:-1]:
            inside = inside[step]
        del inside[path[-1]]
        if path != ("format",) and not (path[-1] == 0 and path[-2] == "lines") and path[-1] != "of":
            _agree(missing, path)
            tried += 1
        for value in (None, 7, -1, "", " ", "x", "1.50", True, [], {}, {"x": 1}, "y" * 3_000):
            if path[0] == "format" or (path[-1] == "lines" and value == []):
                continue
            _agree(change(example, path, value), (path, value))
            tried += 1
    assert tried > 150


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one["message_id"])
def test_schema_and_reader_know_the_same_keys(example):
    for path in _places(example):
        inside = example
        for step in path:
            inside = inside[step]
        if isinstance(inside, dict):
            _agree(change(example, (*path, "unheard_of"), "x"))


# --- ids of messages ------------------------------------------------------------------------------


def test_the_id_of_a_message_is_its_senders():
    seen = pos_formats.look(said(SALE))
    assert (seen.message_key, seen.format, seen.till) == ("T1-000123", "backroom/1", "T1")
    given = {"x-shopify-webhook-id": "b54557e4-bdd9"}
    assert pos_formats.look(b'{"order": {}}', given).message_key == "b54557e4-bdd9"


def test_a_message_that_cannot_be_read_has_its_digest_for_an_id():
    digest = hashlib.sha256(b"{").hexdigest()
    assert pos_formats.look(b"{").message_key == f"sha256:{digest}"
    assert pos_formats.look(b"{").digest == digest
