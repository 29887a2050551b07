"""The secrets that tills sign their messages with, one per channel, in a file of this computer.

``intake.toml`` in the folder of settings, readable by its owner only; a table per intake folder,
because one computer may keep several companies. Never in the database, never in a log.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w

from desktop_app.paths import user_config
from desktop_app.services.errors import Rejected
from desktop_app.services.pos_folder import write_durably

FILE = "intake.toml"
BYTES = 32
LENGTH_MIN = 16

OURS = "x-backroom-signature"
SHOPIFY = "x-shopify-hmac-sha256"
SQUARE = "x-square-hmacsha256-signature"


@dataclass(frozen=True, slots=True)
class Secret:
    """A channel's secret. ``square_url``: the address that Square was told, which it signs too."""

    key: str
    square_url: str = ""

    def __repr__(self) -> str:
        return "Secret(…)"


class Secrets:
    """The secrets of one intake folder, read again when the file changes."""

    def __init__(self, folder: Path, path: Path | None = None) -> None:
        self.path = path or user_config() / FILE
        self._table = str(folder)
        self._changed: tuple[int, int] | None = None
        self._known: dict[str, Secret] = {}

    def of(self, channel_code: str) -> Secret | None:
        """The secret of a channel, if it has one. Raises Rejected for a file that is not right."""
        return self.all().get(channel_code)

    def all(self) -> dict[str, Secret]:
        """Every channel's. Raises Rejected("secrets_open" | "secrets_damaged")."""
        try:
            facts = self.path.stat()
        except FileNotFoundError:
            return {}
        if os.name == "posix" and facts.st_mode & 0o077:
            raise Rejected("secrets_open", path=str(self.path))
        if self._changed != (facts.st_mtime_ns, facts.st_size):
            self._known = _secrets(self._read().get(self._table))
            self._changed = (facts.st_mtime_ns, facts.st_size)
        return self._known

    def keep(self, channel_code: str, secret: Secret) -> None:
        """Write a channel's secret in place of an older one."""
        if len(secret.key) < LENGTH_MIN:
            raise Rejected("secret_too_short", least=LENGTH_MIN)
        told = self._read() if self.path.exists() else {}
        table = told.setdefault(self._table, {})
        table[channel_code] = {"secret": secret.key}
        if secret.square_url:
            table[channel_code]["square_url"] = secret.square_url
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_durably(self.path, tomli_w.dumps(told).encode())
        self._changed = None

    def _read(self) -> dict[str, Any]:
        try:
            return tomllib.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            reason = (getattr(error, "strerror", "") or str(error))[:200]
            raise Rejected("secrets_damaged", path=str(self.path), reason=reason) from error


def new_key() -> str:
    """A secret that nobody can guess."""
    return secrets.token_urlsafe(BYTES)


def _secrets(table: Any) -> dict[str, Secret]:
    found = {}
    for code, said in table.items() if isinstance(table, dict) else ():
        key = said.get("secret") if isinstance(said, dict) else None
        if isinstance(key, str) and len(key) >= LENGTH_MIN:
            url = said.get("square_url", "")
            found[code] = Secret(key, url if isinstance(url, str) else "")
    return found


def is_signed(secret: Secret, raw: bytes, headers: Mapping[str, str]) -> bool:
    """Whether the body was signed with this secret: HMAC-SHA256 over its very bytes.

    Ours is ``sha256=`` and hex digits; Shopify's is base64; Square signs its address before the
    body. ``headers`` by lower-case names. Compared in constant time.
    """
    key = secret.key.encode()
    said = headers.get(OURS)
    if said is not None:
        return _same(said, f"sha256={hmac.new(key, raw, hashlib.sha256).hexdigest()}")
    said = headers.get(SHOPIFY)
    if said is not None:
        return _same(said, _base64(key, raw))
    said = headers.get(SQUARE)
    if said is not None and secret.square_url:
        return _same(said, _base64(key, secret.square_url.encode() + raw))
    return False


def _base64(key: bytes, signed: bytes) -> str:
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.strip().encode(), other.encode())
