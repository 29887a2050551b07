"""What a commit touched: the value every table and window refreshes by (architecture 11.5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

IDS_MAX = 200
"""More ids than this are told as "many": a note stays far below NOTIFY's 8,000 bytes."""


class Topic(StrEnum):
    """A kind of record that screens show."""

    SALES = "sales"
    PURCHASES = "purchases"
    BATCHES = "batches"
    STOCK = "stock"
    PRODUCTS = "products"
    SUPPLIERS = "suppliers"
    DRAFTS = "drafts"
    SETTINGS = "settings"
    MESSAGES = "messages"
    CREDITS = "credits"
    TRANSFERS = "transfers"
    COUNTS = "counts"
    CHANNELS = "channels"
    GOODS_OUT = "goods_out"
    VIEWS = "views"


@dataclass(slots=True)
class Changes:
    """``topics`` maps a topic to the ids touched, or to None where they are too many to name."""

    by: str
    topics: dict[Topic, set[int] | None] = field(default_factory=dict)

    def touch(self, topic: Topic, ids: Iterable[int]) -> None:
        """Add ids of one topic; beyond ``IDS_MAX`` they become "many"."""
        known = self.topics.get(topic, set())
        if known is not None:
            known = known | set(ids)
            self.topics[topic] = known if len(known) <= IDS_MAX else None

    def as_json(self) -> dict[str, Any]:
        """Return the plain value that travels to the other workstations."""
        return {
            "by": self.by,
            "topics": {
                topic: None if ids is None else sorted(ids) for topic, ids in self.topics.items()
            },
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Changes:
        """Rebuild from ``as_json``; unknown topics of newer programs are left out."""
        known = {topic.value for topic in Topic}
        topics = {
            Topic(topic): None if ids is None else set(ids)
            for topic, ids in value["topics"].items()
            if topic in known
        }
        return cls(value["by"], topics)

    @classmethod
    def everything(cls, by: str = "") -> Changes:
        """Return the value that makes every screen read again: notes may have been missed."""
        return cls(by, dict.fromkeys(Topic))
