"""Talks to an endpoint: asks, waits where it is told to, goes without what a server does not know.

Errors are sentences in which the key never stands. Not here: one request's bounds (http.py), what an answer
holds (replies.py), and how often an answer that is no use is asked for again (gathering.py).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from engram.errors import TeacherError
from engram.synth.completions import parse_completion, server_says, tokens_of
from engram.synth.http import Broken, Reply, Unreachable, post
from engram.synth.presets import Endpoint
from engram.synth.strict_json import BadAnswer

ATTEMPTS = 6
"""How often a busy server is asked before we give up; with the waits between them a minute."""
LONGEST_WAIT = 300.0
"""Seconds that a server may ask us to wait; beyond that the user decides."""
UNREACHED = 0
"""In place of a status, where nothing could be sent."""
BUSY = frozenset({UNREACHED, 408, 425, 429, 500, 502, 503, 504, 529})
FORMATS = ("json_schema", "json_object", "")
"""How an answer's shape is asked for; a server that does not know one is asked for the next."""
GO_ON = "What was answered is kept; the same command goes on from there."

Post = Callable[..., Reply]


def _quietly(sentence: str) -> None:
    """Where remarks go when nobody listens."""


class Client:
    """One endpoint with its limits. `tokens_in` and `tokens_out` add up what the server counted.

    `told` hears of waits; `wait` and `send` are seams for tests.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        timeout: float,
        max_tokens: int,
        told: Callable[[str], None] = _quietly,
        wait: Callable[[float], None] = time.sleep,
        send: Post = post,
    ) -> None:
        self.endpoint = endpoint
        self.max_tokens = max_tokens
        self.requests = self.tokens_in = self.tokens_out = 0
        self._timeout = timeout
        self._told, self._wait, self._send = told, wait, send
        self._formats = list(FORMATS)
        self._limit = "max_tokens"

    def ask(self, prompts: Sequence[str]) -> list[str]:
        """Plain answers to plain prompts, in order; "" for one that is no use. Raises TeacherError."""
        return [self._plain(prompt) for prompt in prompts]

    def chat(self, messages: Sequence[dict[str, str]], schema: dict[str, Any] | None = None) -> str:
        """The answer's text. With a schema the server is asked to keep to it, as far as it can.

        Raises BadAnswer for a reply that is no use, and may have been paid for; TeacherError where asking
        again would change nothing.
        """
        busy = 0
        while True:
            reply = self._post(self._request(messages, schema), busy)
            if reply.status == 200:
                tokens_in, tokens_out = tokens_of(reply.body)
                self.tokens_in += tokens_in
                self.tokens_out += tokens_out
                return parse_completion(reply.body)
            if reply.status in BUSY:
                busy += 1
                self._wait_for(reply, busy)
            elif not (reply.status in (400, 422) and self._go_without(reply.body, schema)):
                raise self._refused(reply)

    def _plain(self, prompt: str) -> str:
        try:
            return self.chat([{"role": "user", "content": prompt}])
        except BadAnswer:
            return ""

    def _post(self, value: dict[str, Any], busy: int) -> Reply:
        """A reply of any status; UNREACHED where nothing could be sent."""
        endpoint = self.endpoint
        headers = {"User-Agent": "engram", "Accept": "application/json"}
        if endpoint.key:
            headers["Authorization"] = f"Bearer {endpoint.key}"
        self.requests += 1
        try:
            url = f"{endpoint.url}/chat/completions"
            return self._send(url, value, headers, self._timeout, proxies=not endpoint.is_local)
        except Broken as error:
            raise BadAnswer(f"No whole answer came: {error}.") from None
        except Unreachable as error:
            if error.refused or busy + 1 >= ATTEMPTS:
                raise TeacherError(
                    f"Nothing answers at {endpoint.host}: {error}.",
                    f"Check that the server runs, and the address given with --teacher. {GO_ON}",
                ) from None
            return Reply(UNREACHED, b"")

    def _request(self, messages: Sequence[dict[str, str]], schema: dict[str, Any] | None) -> dict[str, Any]:
        value: dict[str, Any] = {"model": self.endpoint.model, "messages": list(messages), "stream": False}
        value[self._limit] = self.max_tokens
        if schema and self._formats[0] == "json_schema":
            named = {"name": "answer", "strict": True, "schema": schema}
            value["response_format"] = {"type": "json_schema", "json_schema": named}
        elif schema and self._formats[0]:
            value["response_format"] = {"type": self._formats[0]}
        return value

    def _go_without(self, body: bytes, schema: dict[str, Any] | None) -> bool:
        """Leave out, from now on, what the server may not know; False when nothing is left to leave out."""
        if self._limit == "max_tokens" and b"max_completion_tokens" in body:
            self._limit = "max_completion_tokens"  # OpenAI's newer models take no other
            return True
        if schema is None or not self._formats[0]:
            return False
        self._formats.pop(0)
        return True

    def _wait_for(self, reply: Reply, busy: int) -> None:
        """As long as the server asks for, else twice as long each time. Raises TeacherError."""
        asked = seconds(reply.retry_after)
        host, says = self.endpoint.host, self._says(reply.body)
        if busy >= ATTEMPTS:
            raise TeacherError(f"{host} is busy or out of order ({reply.status}){says}", GO_ON)
        if asked is not None and asked > LONGEST_WAIT:
            raise TeacherError(f"{host} asks us to come back in {asked:,.0f} seconds{says}", GO_ON)
        pause = 2.0**busy if asked is None else asked
        answers = f"answers {reply.status}" if reply.status else "cannot be reached"
        self._told(f"{host} {answers}; waiting {pause:.0f} s ({busy} of {ATTEMPTS - 1}).")
        self._wait(pause)

    def _refused(self, reply: Reply) -> TeacherError:
        """The sentence for a reply that will not change."""
        endpoint, status = self.endpoint, reply.status
        if status in (401, 403):  # what such a server says may hold a part of the key
            if endpoint.key:
                return TeacherError(
                    f"{endpoint.host} does not accept the key in {endpoint.key_env} ({status}).",
                    "Check the key, and that it may use this model.",
                )
            return TeacherError(
                f"{endpoint.host} wants a key ({status}).",
                "Put it into an environment variable, and name that with --key-env.",
            )
        if 300 <= status < 400:
            return TeacherError(
                f"{endpoint.host} sends us elsewhere ({status}), where your key does not follow.",
                "Give the right address with --teacher.",
            )
        if status == 404:
            return TeacherError(
                f"{endpoint.host} has no model {endpoint.model!r}, or nothing at this address "
                f"(404){self._says(reply.body)}",
                "Check --teacher-model, and the address: it usually ends in /v1.",
            )
        return TeacherError(f"{endpoint.host} refuses the request ({status}){self._says(reply.body)}", GO_ON)

    def _says(self, body: bytes) -> str:
        """What the server says about it, after a colon, without the key; else a full stop."""
        said = server_says(body)
        if self.endpoint.key:
            said = said.replace(self.endpoint.key, "...")
        return f": {said.rstrip('.')}." if said else "."


def seconds(retry_after: str) -> float | None:
    """What a Retry-After header asks for: seconds, or a date. None if it says nothing of use."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
