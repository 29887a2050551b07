"""The HTTP endpoint of tills as a process of its own, and a till that signs."""

import base64
import hashlib
import hmac
import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desktop_app.intake_secrets import Secret, Secrets
from desktop_app.services.pos_folder import intake_folder
from tests.helpers.sources import ROOT

KEY = "a secret of the test's own"
CODE = "STORE"


@dataclass
class Endpoint:
    """A running endpoint. ``database`` need not exist: it is never opened."""

    process: subprocess.Popen[str]
    port: int
    database: str

    @property
    def folder(self) -> Path:
        return intake_folder(self.database)

    def spooled(self) -> list[Path]:
        return sorted(self.folder.glob("spool/new/*.message"))

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def post(
        self,
        body: bytes,
        *,
        code: str = CODE,
        headers: dict[str, str] | None = None,
        kind: str = "application/json",
        chunks: Any = None,
    ) -> tuple[int, Any, dict[str, str]]:
        """(status, answer, headers). Signed with KEY unless ``headers`` are given."""
        calling = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            calling.request(
                "POST", f"/channels/{code}/messages", chunks or body,
                {"Content-Type": kind, **(signed(body) if headers is None else headers)},
                encode_chunked=chunks is not None,
            )  # fmt: skip
            answer = calling.getresponse()
            told = json.loads(answer.read() or b"null")
            return answer.status, told, {k.lower(): v for k, v in answer.getheaders()}
        finally:
            calling.close()


def signed(body: bytes, key: str = KEY) -> dict[str, str]:
    made = hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
    return {"X-Backroom-Signature": f"sha256={made}"}


def signed_base64(name: str, body: bytes, key: str = KEY) -> dict[str, str]:
    made = hmac.new(key.encode(), body, hashlib.sha256).digest()
    return {name: base64.b64encode(made).decode()}


def settings(home: Path) -> dict[str, str]:
    """The environment of a person who keeps everything in this folder."""
    names = ("DATA", "CONFIG", "STATE", "CACHE")
    own = {f"XDG_{name}_HOME": str(home / name.lower()) for name in names}
    return {
        **os.environ, **own, "HOME": str(home), "PYTHONPATH": str(ROOT),
        "QT_QPA_PLATFORM": "offscreen",
    }  # fmt: skip


@contextmanager
def endpoint(database: str, home: Path, square_url: str = "") -> Iterator[Endpoint]:
    """Run ``backroom intake serve`` with a secret for channel STORE."""
    secrets = Secrets(intake_folder(database), home / "config" / "Backroom" / "intake.toml")
    secrets.keep(CODE, Secret(KEY, square_url))
    process = subprocess.Popen(
        [sys.executable, "-m", "desktop_app", "--database", database, "intake", "serve", "--port", "0"],
        cwd=ROOT, env=settings(home), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    said = process.stdout.readline()
    assert said.startswith("Listening on http://127.0.0.1:"), (said, process.poll())
    try:
        yield Endpoint(process, int(said.rpartition(":")[2]), database)
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        process.stdout.close()
        if process.stderr is not None:
            process.stderr.close()
