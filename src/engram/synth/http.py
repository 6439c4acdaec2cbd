"""One POST of JSON, with every bound: time for all of it, bytes of the reply, and no redirect.

A redirect would carry the key to another host. Proxies are those of the environment, except for this machine.
Not here: what is said, and when it is tried again (client.py).
"""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MOST_BYTES = 8 * 2**20
"""Of a reply: 2 million tokens; what is longer is no answer."""
PIECE = 65_536


class Unreachable(Exception):
    """Nothing was sent, or not all; the text says why. `refused` where nothing listens, or no such host is
    known."""

    def __init__(self, why: str, refused: bool = False) -> None:
        super().__init__(why)
        self.refused = refused


class Broken(Exception):
    """An answer began and is not whole, or has no end: it may have been paid for."""


@dataclass(frozen=True, slots=True)
class Reply:
    """Status, body, and what Retry-After says ("" if nothing)."""

    status: int
    body: bytes
    retry_after: str = ""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def post(url: str, value: Any, headers: Mapping[str, str], timeout: float, proxies: bool = True) -> Reply:
    """Send `value` as JSON and read the reply, whatever its status, within `timeout` seconds.

    Raises Unreachable and Broken.
    """
    handlers: list[Any] = [_NoRedirect()]
    if not proxies:
        handlers.append(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(url, json.dumps(value).encode(), method="POST")
    for name, said in {"Content-Type": "application/json", "Accept-Encoding": "identity", **headers}.items():
        request.add_unredirected_header(name, said)
    end = time.monotonic() + timeout
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=timeout) as response:
            return _read(response, end)
    except urllib.error.HTTPError as error:
        with error:
            return _read(error, end)
    except urllib.error.URLError as error:  # while connecting or sending
        raise _unreachable(error.reason) from None
    except TimeoutError:
        raise Broken(f"no reply within {timeout:g} seconds") from None
    except (http.client.HTTPException, OSError) as error:
        raise Broken(f"the connection ended without a reply ({type(error).__name__})") from None


def _read(response: Any, end: float) -> Reply:
    """The whole body. Read in single gulps, so that a server that drips cannot outlast the time."""
    pieces: list[bytes] = []
    size = 0
    try:
        while piece := response.read1(PIECE):
            pieces.append(piece)
            size += len(piece)
            if size > MOST_BYTES:
                raise Broken(f"the reply has more than {MOST_BYTES:,} bytes")
            if time.monotonic() > end:
                raise Broken("the reply took too long")
    except (http.client.HTTPException, OSError, ValueError) as error:
        raise Broken(f"the reply broke off ({type(error).__name__})") from None
    if getattr(response, "length", None):  # read1 ends in silence where a connection does
        raise Broken("the reply broke off")
    return Reply(response.status, b"".join(pieces), response.headers.get("Retry-After", ""))


def _unreachable(reason: object) -> Unreachable:
    why = getattr(reason, "strerror", None) or str(reason)[:100] or type(reason).__name__
    # Name resolution fails with gaierror, whose numbers are not errno's.
    refused = isinstance(reason, ConnectionRefusedError) or type(reason).__name__ == "gaierror"
    return Unreachable(str(why), refused)
