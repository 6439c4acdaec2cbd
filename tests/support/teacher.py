"""A teacher's server on this machine, which answers as a test scripts it, and remembers what it was sent.

Not here: what the client should make of it (tests/unit/synth).
"""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

KEY = "test-key-4711-not-a-real-one"
COUNT = re.compile(r"Write exactly (\d+) conversations")
TOPIC = re.compile(r"about: (.*)")


@dataclass
class Asked:
    """A request as it arrived."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def prompt(self) -> str:
        return "\n".join(message["content"] for message in self.body["messages"])


@dataclass(frozen=True)
class Answer:
    """A reply. `cut` closes the connection after so many bytes of a longer announced body."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None


Script = Callable[[Asked, int], Answer]
"""Given a request and how many came before it, what is replied."""


@dataclass
class Teacher:
    """A server that runs: its address, and what it was asked."""

    url: str
    asked: list[Asked] = field(default_factory=list)


def conversations(asked: Asked, mark: str = "") -> list[dict[str, Any]]:
    """As many as asked for, each different and about the topic."""
    count, topic = int(COUNT.search(asked.prompt)[1]), TOPIC.search(asked.prompt)[1]  # type: ignore[index]
    return [
        {
            "messages": [
                {"role": "user", "content": f"Question {number} on {topic}, please{mark}?"},
                {"role": "assistant", "content": f"Answer {number} on {topic}."},
            ]
        }
        for number in range(1, count + 1)
    ]


def completion(text: str, reason: str | None = "stop", tokens: tuple[int, int] = (100, 50)) -> Answer:
    """A sound reply that holds this text."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": reason}
    usage = {"prompt_tokens": tokens[0], "completion_tokens": tokens[1], "total_tokens": sum(tokens)}
    return Answer(json.dumps({"object": "chat.completion", "choices": [choice], "usage": usage}).encode())


def good(asked: Asked, before: int) -> Answer:
    """What a teacher that can do it replies."""
    return completion(json.dumps({"conversations": conversations(asked)}))


def failure(status: int, message: str = "no", **headers: str) -> Answer:
    """An error as servers write it; `retry_after` becomes the header Retry-After."""
    named = {name.replace("_", "-").title(): said for name, said in headers.items()}
    return Answer(json.dumps({"error": {"message": message}}).encode(), status, named)


@contextmanager
def teaching(script: Script = good) -> Iterator[Teacher]:
    """A server that follows the script, on a free port of this machine."""
    teacher = Teacher("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked = Asked(self.path, dict(self.headers.items()), json.loads(body))
            teacher.asked.append(asked)
            _reply(self, script(asked, len(teacher.asked) - 1))

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        teacher.url = f"http://127.0.0.1:{server.server_port}/v1"
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield teacher
        finally:
            server.shutdown()
            thread.join(5)


def _reply(handler: BaseHTTPRequestHandler, answer: Answer) -> None:
    handler.send_response(answer.status)
    handler.send_header("Content-Length", str(len(answer.body)))
    for name, said in answer.headers.items():
        handler.send_header(name, said)
    handler.end_headers()
    with suppress(OSError):  # the client may have read enough
        handler.wfile.write(answer.body if answer.cut is None else answer.body[: answer.cut])
    if answer.cut is not None:
        handler.close_connection = True


def allow_this_machine(patch: pytest.MonkeyPatch) -> None:
    """Let 127.0.0.1 be looked up, which is no look-up; every other name stays out of reach."""
    before = socket.getaddrinfo

    def lookup(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        if host == "127.0.0.1":
            return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (host, int(port)))]
        return before(host, port, *rest, **more)

    patch.setattr(socket, "getaddrinfo", lookup)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        patch.delenv(name, raising=False)
