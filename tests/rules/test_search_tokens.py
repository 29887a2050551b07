"""The find box's language (SAL-01): words, and key:value tokens among them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.services.rules.search_tokens import Asked, Token, parse

KEYS = {"channel", "short", "eta", "status", "sku"}


def test_the_line_of_the_specification():
    asked = parse("channel:web short:>0 eta:late", KEYS)
    assert asked == Asked(
        (
            Token("channel", ("web",), text="channel:web"),
            Token("short", ("0",), ">", text="short:>0"),
            Token("eta", ("late",), text="eta:late"),
        ),
        "",
    )


@pytest.mark.parametrize(
    ("typed", "token"),
    [
        ('status:"on hold"', Token("status", ("on hold",), text='status:"on hold"')),
        ("STATUS:New", Token("status", ("New",), text="STATUS:New")),
        ("-status:new", Token("status", ("new",), out=True, text="-status:new")),
        ("status:!new", Token("status", ("new",), out=True, text="status:!new")),
        ("-status:!new", Token("status", ("new",), out=False, text="-status:!new")),
        ("channel:web,shop", Token("channel", ("web", "shop"), text="channel:web,shop")),
        ("short:>=1", Token("short", ("1",), ">=", text="short:>=1")),
        ("short:<1", Token("short", ("1",), "<", text="short:<1")),
        ("sku:TENT-*", Token("sku", ("TENT-*",), text="sku:TENT-*")),
        ('status:"half typed', Token("status", ("half typed",), text='status:"half typed')),
    ],
)
def test_tokens(typed, token):
    assert parse(typed, KEYS) == Asked((token,), "")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", ""),
        ("   ", ""),
        ("kestrel  outdoors", "kestrel outdoors"),
        ('"orchard lane" kest', "orchard lane kest"),
        ("12:30", "12:30"),
        ("colour:red", "colour:red"),
        ("channel:", "channel:"),
        ('status:""', 'status:""'),
        ("-", "-"),
        (":", ":"),
        ("#202611", "#202611"),
    ],
)
def test_what_is_no_token_is_a_word(typed, words):
    assert parse(typed, KEYS) == Asked((), words)


def test_words_and_tokens_may_mix():
    asked = parse("kest channel:web jacket", KEYS)
    assert [token.key for token in asked.tokens] == ["channel"]
    assert asked.words == "kest jacket"


@given(st.text(max_size=60))
def test_anything_may_be_typed(typed):
    asked = parse(typed, KEYS)
    assert all(token.key in KEYS and token.values for token in asked.tokens)
    assert all(token.text in typed for token in asked.tokens)
