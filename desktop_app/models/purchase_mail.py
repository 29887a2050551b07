"""A purchase order as a letter that the person's own mail program opens (BPO-16).

``letter`` makes a ``mailto:`` of it. Such an address is cut by some systems beyond some two
thousand characters and cannot carry a file, so what does not fit is said to be in the PDF.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from desktop_app.models.formats import count, full_day, money, price, quantity
from desktop_app.services.purchase_papers import OrderLine, OrderPaper

URL_CHARS_MAX = 1_900
TO_CHARS_MAX = 300
COMPANY_CHARS_MAX = 200
NAME_CHARS_MAX = 150
PLACE_CHARS_MAX = 300
"""Of the parts, percent-encoded: a letter of another script takes up to twelve characters."""
CUT = "…"


@dataclass(frozen=True, slots=True)
class Letter:
    """``url`` opens it; ``lines`` of the order's ``of`` lines stand in it."""

    to: str
    url: str
    lines: int
    of: int


def letter(paper: OrderPaper) -> Letter:
    """The order as a letter of fewer than ``URL_CHARS_MAX`` characters."""
    to = "".join(paper.email.split())
    if _size(to) > TO_CHARS_MAX:
        to = ""  # no mail address is that long
    company = _cut(paper.company, COMPANY_CHARS_MAX)
    subject = f"Purchase order {paper.number}, {company}"
    head = f"mailto:{quote(to, safe='@')}?subject={_encoded(subject)}&body="
    body, kept = _body(paper, company, URL_CHARS_MAX - 1 - len(head))
    return Letter(to, head + _encoded(body), kept, len(paper.lines))


def _body(paper: OrderPaper, company: str, room: int) -> tuple[str, int]:
    """What the letter says in so much room, and how many lines of the order it names."""
    where = "Deliver to our customer" if paper.drop_ship else "Deliver to"
    place = ", ".join(
        " ".join(one.split()) for one in (paper.deliver_to, *paper.address.splitlines())
    )
    head = [
        f"Purchase order {paper.number} of {full_day(paper.ordered_at.astimezone().date())}, {company}",
        "",
        f"{where}: {_cut(place, PLACE_CHARS_MAX)}",
    ]
    if paper.expected_on is not None:
        head.append(f"Expected: {full_day(paper.expected_on)}")
    if paper.reference:
        head.append(f"Reference: {_cut(paper.reference, NAME_CHARS_MAX)}")
    head.append("")
    total = money(paper.total, paper.currency, paper.currency_digits)
    tail = ["", f"Total without tax {total}"]
    lines = [_line(line, paper) for line in paper.lines]
    kept = _fitting(lines, room - sum(map(_cost, [*head, *tail])))
    rest = len(lines) - kept
    more = [_more(rest, any_named=kept > 0)] if rest else []
    return "\r\n".join([*head, *lines[:kept], *more, *tail]), kept


def _line(line: OrderLine, paper: OrderPaper) -> str:
    """The supplier's own item code first, where there is one (R3.9)."""
    codes = f"{line.supplier_sku} (our {line.sku})" if line.supplier_sku else line.sku
    cost = price(line.cost, paper.currency, paper.currency_digits)
    total = money(line.total, paper.currency, paper.currency_digits)
    name = _cut(line.name, NAME_CHARS_MAX)
    return f"{codes}, {name}: {quantity(line.ordered)} at {cost} = {total}"


def _more(rest: int, *, any_named: bool) -> str:
    if any_named:
        return f"and {count(rest, 'more line')}, see the PDF"
    return f"{count(rest, 'line')}, see the PDF"


def _fitting(lines: Sequence[str], room: int) -> int:
    """How many of the first lines have room, with the sentence about the rest."""
    if sum(map(_cost, lines)) <= room:
        return len(lines)
    kept = used = 0
    while kept < len(lines):
        used += _cost(lines[kept])
        if used + _cost(_more(len(lines) - kept, any_named=True)) > room:
            break
        kept += 1
    return kept


def _cost(line: str) -> int:
    return _size(line) + _size("\r\n")


def _encoded(text: str) -> str:
    return quote(text, safe="")


def _size(text: str) -> int:
    return len(_encoded(text))


def _cut(text: str, most: int) -> str:
    """The text, or as much of its beginning as takes so many encoded characters."""
    if _size(text) <= most:
        return text
    room = most - _size(CUT)
    kept = 0
    for at, one in enumerate(text):
        kept += _size(one)
        if kept > room:
            return text[:at].rstrip() + CUT
    return text
