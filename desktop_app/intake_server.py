"""The HTTP endpoint of tills: a process of its own that never opens the database.

``POST /channels/CODE/messages`` with a signed body. A message is written durably into the spool
before the answer; the running program, or the next one to start, takes it into the books.

| answer | when | the till |
|---|---|---|
| 202 | kept | is done |
| 200 | kept before | is done |
| 400, 408, 503 | cut off, too slow, nothing can be written | sends it again, after Retry-After |
| 401 | not signed with the channel's secret | must not retry: its secret is wrong |
| 404 | no such channel here | must not retry |
| 413, 415 | larger than a message may be; not JSON | must not retry |

Every answer is ``{"state", "retry", ...}``. FastAPI and uvicorn are an extra, and are imported by
no other module.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect
from uvicorn import Config, Server

from desktop_app.intake_secrets import Secrets, is_signed
from desktop_app.services.errors import Rejected
from desktop_app.services.pos_folder import Spool
from desktop_app.services.pos_messages import BYTES_MAX

DRAIN_MAX = 8 * BYTES_MAX
"""So much of a message that is too large is read and dropped: a till that is still sending would
not hear the answer."""

BODY_SECONDS = 20.0
AGAIN_SECONDS = 30
CALLS_MAX = 100
"""More at once are told to come back."""

JSON_KINDS = {"application/json", "text/json"}
log = logging.getLogger(__name__)


class Refused(Exception):
    """An answer other than yes. ``retry``: whether sending the same again can help."""

    def __init__(self, status: int, state: str, *, retry: bool = False) -> None:
        super().__init__(state)
        self.status, self.state, self.retry = status, state, retry


def application(folder: Path, secrets: Secrets, *, body_seconds: float = BODY_SECONDS) -> FastAPI:
    """The web application over one intake folder."""
    spool = Spool(folder)
    app = FastAPI(title="Backroom intake", docs_url=None, redoc_url=None, openapi_url=None)

    @app.exception_handler(Refused)
    async def refuse(_request: Request, error: Refused) -> JSONResponse:
        headers = {"Retry-After": str(AGAIN_SECONDS)} if error.status == 503 else {}
        if error.status in {400, 408, 413}:
            headers["Connection"] = "close"  # the rest of the body is not read
        told = {"state": error.state, "retry": error.retry}
        return JSONResponse(told, error.status, headers)

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"state": "ready"}

    @app.post("/channels/{code}/messages")
    async def take(code: str, request: Request) -> JSONResponse:
        secret = _secret(secrets, code)
        _check_head(request.headers)
        try:
            async with asyncio.timeout(body_seconds):
                raw = await _body(request.stream())
        except TimeoutError as error:
            raise Refused(408, "too_slow", retry=True) from error
        except ClientDisconnect as error:
            raise Refused(400, "cut_off", retry=True) from error
        if not is_signed(secret, raw, request.headers):
            raise Refused(401, "not_signed")
        return await _keep(spool, code, raw, request.headers)

    return app


def _secret(secrets: Secrets, code: str) -> Any:
    try:
        found = secrets.of(code)
    except (Rejected, OSError) as error:
        log.warning("the secrets cannot be read: %s", error)
        raise Refused(503, "not_ready", retry=True) from error
    if found is None:
        raise Refused(404, "unknown_channel")
    return found


def _check_head(headers: Mapping[str, str]) -> None:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in JSON_KINDS or headers.get("content-encoding", "identity") != "identity":
        raise Refused(415, "not_json")
    said = headers.get("content-length", "")
    if said.isascii() and said.isdigit() and (len(said) > 12 or int(said) > DRAIN_MAX):
        raise Refused(413, "too_large")


async def _body(stream: AsyncIterator[bytes]) -> bytes:
    """The body; never more than the limit is held, whatever its head says."""
    parts: list[bytes] = []
    size = 0
    async for part in stream:
        size += len(part)
        if size > DRAIN_MAX:
            break
        if size > BYTES_MAX:
            parts.clear()
        else:
            parts.append(part)
    if size > BYTES_MAX:
        raise Refused(413, "too_large")
    return b"".join(parts)


async def _keep(spool: Spool, code: str, raw: bytes, headers: Mapping[str, str]) -> JSONResponse:
    try:
        put = await run_in_threadpool(spool.put, code, raw, "http", headers)
    except OSError as error:
        log.warning("a message cannot be kept: %s", error.strerror)
        raise Refused(503, "not_kept", retry=True) from error
    told = {"id": put.id, "message_id": put.message_key, "retry": False}
    if put.repeated:
        return JSONResponse({**told, "state": "known"}, 200)
    return JSONResponse({**told, "state": "kept"}, 202)


def serve(folder: Path, secrets: Secrets, host: str, port: int) -> None:
    """Answer until the process is told to end; says where it listens. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family, backlog=CALLS_MAX) as listening:
        where = listening.getsockname()[1]
        shown = f"[{host}]" if ":" in host else host
        print(f"Listening on http://{shown}:{where}", flush=True)  # noqa: T201
        config = Config(
            application(folder, secrets),
            log_level="warning",
            access_log=False,
            server_header=False,
            limit_concurrency=CALLS_MAX,
            timeout_keep_alive=10,
            timeout_graceful_shutdown=5,
            lifespan="off",
        )
        Server(config).run(sockets=[listening])
