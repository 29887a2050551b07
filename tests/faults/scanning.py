"""A workstation that counts a delivery, to be killed: the queue of scans and what it keeps (RCV-12).

    python -m tests.faults.scanning

The line `life ADDRESS FOLDER DRAFT` begins a life: a process of its own, forked when the modules are
loaded. It says "ready PID" and does what the next lines ask for: `scan CODE` (answered "kept CODE"
once it is safe here, whatever the database does), `link CODE` (to the first line of the draft,
answered the same), `resume` (answered "resumed" when nothing waits
any more). When it is killed the next life can begin.
"""

import os
import threading
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, Signal

from desktop_app.models.background import Background
from desktop_app.models.change_hub import ChangeHub
from desktop_app.models.kept_scans import KeptScans
from desktop_app.models.receipt_queue import ReceiptQueue
from desktop_app.services import receipt_drafts, receipt_links
from desktop_app.services.backend import Backend
from desktop_app.services.opening import open_store
from desktop_app.views.desk import Desk


class Lines(QObject):
    asked = Signal(str)


def say(text: str) -> None:
    os.write(1, f"{text}\n".encode())


def line() -> str:
    """The next line, and not a byte more: the rest may be for the next life."""
    found = b""
    while not found.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            os._exit(0)
        found += byte
    return found.decode().strip()


def live(address: str, folder: str, draft: str) -> None:
    app = QCoreApplication([])
    desk = Desk(Backend.sign_in(open_store(address), "mary"), Background(), ChangeHub())
    row = desk.backend.read(receipt_drafts.draft, int(draft)).lines[0].po_row_id
    queue = ReceiptQueue(desk, desk, KeptScans(Path(folder), address, "mary"))
    queue._retry.setInterval(50)

    def do(asked: str) -> None:
        word, _, code = asked.partition(" ")
        if word == "scan":
            queue.add(receipt_drafts.scan(int(draft), code, None), int(draft), code)
            say(f"kept {code}")
        elif word == "link":
            queue.add(receipt_links.link_code(int(draft), code, row), int(draft), code)
            say(f"kept {code}")
        else:
            queue.changed.connect(lambda: queue or say("resumed"))
            queue.resume()

    lines = Lines()
    lines.asked.connect(do)

    def listen() -> None:
        while True:
            lines.asked.emit(line())

    threading.Thread(target=listen, daemon=True).start()
    say(f"ready {os.getpid()}")
    app.exec()


def main() -> None:
    while True:
        _, address, folder, draft = line().split(" ")
        life = os.fork()
        if not life:
            live(address, folder, draft)
        os.waitpid(life, 0)
        say("died")


if __name__ == "__main__":
    main()
