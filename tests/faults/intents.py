"""What a workstation keeps before it sends a command (reliability 3.4): on disk, line by line.

`start UUID KIND {arguments}` is on the disk before the command is sent, `done UUID DIGEST HOW` after
its answer came. A line that was cut short by a kill does not count.
"""

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from desktop_app.services import receipt_drafts
from desktop_app.services import receipt_undo as _receipt_undo  # noqa: F401  (declares how `receive` is undone)
from desktop_app.services.backend import Backend, Done
from desktop_app.services.purchasing import BatchOptions, BatchRequest, place_batch
from desktop_app.services.receiving import ReceiptRequest, ReceiptRow, receive
from desktop_app.services.store.kinds import dump_json


@dataclass(frozen=True, slots=True)
class Intent:
    """A command that is about to be sent; the same arguments make the same request."""

    id: str
    kind: str
    args: dict[str, Any]

    def send(self, backend: Backend) -> Done[Any]:
        args = self.args
        match self.kind:
            case "batch":
                request = BatchRequest(tuple(args["sales"]), BatchOptions(**args["options"]))
                return backend.run(place_batch(request, args["agreed"]), once=self.id)
            case "receive":
                rows = tuple(ReceiptRow(*row) for row in args["rows"])
                asked = ReceiptRequest(
                    args["po"], rows, True, args["reference"], agreed=args["agreed"]
                )  # fmt: skip
                return backend.run(receive(asked), once=self.id)
            case "scan":
                return backend.run(receipt_drafts.scan(args["draft"], args["code"]), once=self.id)
            case "undo":
                return backend.undo(args["journal"], once=self.id)
        raise ValueError(self.kind)


def digest(result: Any) -> str:
    return hashlib.sha256(dump_json(result).encode()).hexdigest()


@dataclass(slots=True)
class Log:
    """The file of intents. Used by one process at a time."""

    path: Path
    started: dict[str, Intent] = field(default_factory=dict)
    done: dict[str, str] = field(default_factory=dict)
    how: Counter[str] = field(default_factory=Counter)
    """How answers came: `sent` or, after a restart, `settled`; and `-again` where the command had
    been done before, under a kill or a lost connection."""

    @classmethod
    def read(cls, path: Path) -> "Log":
        log = cls(path)
        for line in log._whole_lines():
            word, key, rest = line.split(" ", 2)
            if word == "start":
                kind, args = rest.split(" ", 1)
                log.started[key] = Intent(key, kind, json.loads(args))
            else:
                log.done[key], how = rest.split(" ")
                log.how[how] += 1
        return log

    def _whole_lines(self) -> Iterator[str]:
        self.path.touch()
        text = self.path.read_bytes()
        whole = text[: text.rfind(b"\n") + 1]
        if whole != text:
            os.truncate(self.path, len(whole))
        yield from whole.decode().splitlines()

    def unfinished(self) -> list[Intent]:
        return [intent for key, intent in self.started.items() if key not in self.done]

    def start(self, intent: Intent) -> None:
        self._append(f"start {intent.id} {intent.kind} {json.dumps(intent.args)}")
        self.started[intent.id] = intent

    def finish(self, intent: Intent, done: Done[Any], *, settling: bool = False) -> None:
        how = ("settled" if settling else "sent") + ("-again" if done.repeated else "")
        self.done[intent.id] = digest(done.result)
        self.how[how] += 1
        self._append(f"done {intent.id} {self.done[intent.id]} {how}")

    def _append(self, line: str) -> None:
        with self.path.open("ab") as file:
            file.write(line.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
