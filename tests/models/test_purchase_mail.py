"""A purchase order as a ``mailto:``: exactly what the mail program is given (BPO-16)."""

from dataclasses import replace
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from PySide6.QtCore import QByteArray, QUrl

from desktop_app.models.purchase_mail import URL_CHARS_MAX, letter
from desktop_app.services.purchase_papers import OrderLine
from desktop_app.services.rules.money import UNIT as U
from tests.models.test_purchase_papers import DAY, order


def body(made):
    return unquote(made.url.partition("&body=")[2]).split("\r\n")


def test_the_letter(qapp):
    made = letter(order())
    assert made.url == (
        "mailto:orders@kestrel.example?subject=Purchase%20order%20541%2C%20Wren%20%26%20Harbour"
        "&body=Purchase%20order%20541%20of%2012%20May%202025%2C%20Wren%20%26%20Harbour%0D%0A%0D%0A"
        "Deliver%20to%3A%20Bristol%2C%202%20Dock%20Road%2C%20Bristol%0D%0A"
        "Expected%3A%2028%20May%202025%0D%0AReference%3A%20R%207%0D%0A%0D%0A"
        "K-100%20%28our%20TENT%29%2C%20Tent%20for%20two%3A%2011%20at%20%C2%A361.20%20%3D%20%C2%A3673.20%0D%0A"
        "GAS%2C%20Gas%20stove%3A%201%2C200%20at%20%C2%A30.1795%20%3D%20%C2%A3215.40%0D%0A%0D%0A"
        "Total%20without%20tax%20%C2%A3888.60"
    )
    assert (made.to, made.lines, made.of) == ("orders@kestrel.example", 2, 2)
    url = QUrl.fromEncoded(QByteArray(made.url.encode()), QUrl.ParsingMode.StrictMode)
    assert bytes(url.toEncoded().data()).decode() == made.url


def test_a_supplier_without_an_address(qapp):
    made = letter(order(email=""))
    assert made.url.startswith("mailto:?subject=Purchase%20order%20541")
    assert made.to == ""


@pytest.mark.parametrize("mail", ["a@b.example?bcc=evil@x.example", "a@b.example&body=x", "a@b.example\r\nBcc: x@y"])  # fmt: skip
def test_no_text_of_a_supplier_adds_a_head(qapp, mail):
    asked = parse_qs(urlsplit(letter(order(email=mail, supplier_address=mail)).url).query)
    assert set(asked) == {"subject", "body"}
    assert "\r" not in asked["subject"][0]


def many(number, name="Ship's biscuit tin, white"):
    return tuple(OrderLine(f"SKU-{n:03}", "", name, U, U, 100, DAY) for n in range(number))


def test_what_has_no_room_is_said_to_be_in_the_pdf(qapp):
    made = letter(order(lines=many(35)))
    said = body(made)
    assert 0 < made.lines < 35
    assert len(made.url) < URL_CHARS_MAX
    assert f"and {35 - made.lines} more lines, see the PDF" in said
    assert sum(line.startswith("SKU-") for line in said) == made.lines
    assert said[-1] == "Total without tax £888.60"
    # Not one line fewer than there is room for.
    assert len(made.url) + len("SKU-000%2C%20Ship%27s%20biscuit%20tin%2C%20white%3A%201%20at%20%C2%A31.00%20%3D%20%C2%A31.00%0D%0A") >= URL_CHARS_MAX  # fmt: skip


@pytest.mark.parametrize("number", range(1, 40))
def test_no_letter_is_longer_than_mail_programs_take(qapp, number):
    made = letter(order(lines=many(number)))
    said = body(made)
    assert len(made.url) < URL_CHARS_MAX == 1_900
    rest = number - made.lines
    words = {0: [], 1: ["and 1 more line, see the PDF"]}.get(
        rest, [f"and {rest} more lines, see the PDF"]
    )
    assert [line for line in said if "see the PDF" in line] == words


@pytest.mark.parametrize("name", ["字" * 200, "ع" * 200, "😀" * 100, "%" * 200, "a" * 200])
def test_texts_of_every_script_have_room(qapp, name):
    """Of another script a character takes up to twelve in the address."""
    made = letter(
        order(
            company=name, supplier=name, deliver_to=name, address=f"{name}\n{name}\n{name}",
            reference=name, lines=(replace(many(1)[0], name=name, sku=name[:60], supplier_sku=name[:60]),) * 9,
        )
    )  # fmt: skip
    assert len(made.url) < URL_CHARS_MAX
    said = body(made)
    assert said[0].startswith("Purchase order 541 of 12 May 2025, ")
    assert said[2].endswith("…")
    assert made.lines < 9
    assert "see the PDF" in said[-3]


def test_an_address_longer_than_any_is_left_out(qapp):
    made = letter(order(email="ü" * 190 + "@x.example"))
    assert made.to == ""
    assert len(made.url) < URL_CHARS_MAX
