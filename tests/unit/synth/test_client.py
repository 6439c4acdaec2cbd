"""A client against a server of this machine: waits, refusals, broken replies, and a key that nobody sees."""

from __future__ import annotations

import json
import socket
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from threading import Thread
from typing import Any

import pytest
from tests.support.teacher import KEY, Answer, Script, completion, failure, good, teaching

from engram.errors import TeacherError
from engram.synth import http
from engram.synth.client import ATTEMPTS, LONGEST_WAIT, Client, seconds
from engram.synth.presets import Endpoint
from engram.synth.replies import schema
from engram.synth.strict_json import BadAnswer

ASKED = [{"role": "user", "content": "Write exactly 1 conversations about: tea"}]


def client(url: str, key: str = KEY, **more: Any) -> tuple[Client, list[float], list[str]]:
    """A client that does not wait, with the waits it would have made and what it said."""
    waits: list[float] = []
    told: list[str] = []
    given: dict[str, Any] = {"timeout": 5.0, "max_tokens": 77, "wait": waits.append, "told": told.append}
    return Client(Endpoint(url, "big-model", key, "SOME_KEY"), **(given | more)), waits, told


def then(*answers: Answer) -> Script:
    """These replies, one after another; the last one stays."""
    return lambda asked, before: answers[min(before, len(answers) - 1)]


def refused(script: Script, kind: type[TeacherError] = TeacherError, **more: Any) -> TeacherError:
    with teaching(script) as teacher:
        asking, _, _ = client(teacher.url, **more)
        with pytest.raises(kind) as error:
            asking.chat(ASKED, schema(1))
    shown = "".join(traceback.format_exception(error.value)) + repr(asking.endpoint) + str(vars(error.value))
    assert KEY not in shown, "the key is shown"
    return error.value


def test_what_is_sent() -> None:
    with teaching(then(completion("yes", tokens=(12, 3)))) as teacher:
        asking, waits, _ = client(teacher.url)
        assert asking.chat(ASKED) == "yes"
    (asked,) = teacher.asked
    assert asked.path == "/v1/chat/completions" and asked.headers["Authorization"] == f"Bearer {KEY}"
    assert asked.body == {"model": "big-model", "messages": ASKED, "stream": False, "max_tokens": 77}
    assert (asking.requests, asking.tokens_in, asking.tokens_out, waits) == (1, 12, 3, [])


def test_without_a_key_none_is_sent() -> None:
    with teaching(then(completion("yes"))) as teacher:
        client(teacher.url, key="")[0].chat(ASKED)
    assert "Authorization" not in teacher.asked[0].headers


def test_this_machine_is_reached_past_any_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}"
    monkeypatch.setenv("http_proxy", nobody)
    with teaching(then(completion("yes"))) as teacher:
        assert client(teacher.url)[0].chat(ASKED) == "yes"


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 529])
def test_a_busy_server_is_waited_for(status: int) -> None:
    with teaching(then(failure(status), failure(status), completion("at last"))) as teacher:
        asking, waits, told = client(teacher.url)
        assert asking.chat(ASKED) == "at last"
    assert waits == [2.0, 4.0] and str(status) in told[0]


def test_as_long_as_it_asks_for() -> None:
    with teaching(then(failure(429, retry_after="17"), completion("yes"))) as teacher:
        asking, waits, _ = client(teacher.url)
        asking.chat(ASKED)
    assert waits == [17.0]


def test_but_not_for_ever() -> None:
    with teaching(then(failure(503))) as teacher:
        asking, waits, _ = client(teacher.url)
        with pytest.raises(TeacherError, match="busy or out of order"):
            asking.chat(ASKED)
    assert len(teacher.asked) == ATTEMPTS and waits == [2.0, 4.0, 8.0, 16.0, 32.0]
    assert "come back in 86,400 seconds" in str(refused(then(failure(429, retry_after="86400"))))


def test_retry_after() -> None:
    soon = datetime.now(UTC) + timedelta(seconds=100)
    asked = seconds(format_datetime(soon, usegmt=True))
    assert asked is not None and 95 < asked <= 100
    assert seconds(format_datetime(soon - timedelta(days=9))) == 0.0
    assert seconds("Sun, 06 Nov 1994 08:49:37 -0000") == 0.0
    assert [seconds(text) for text in ("", "soon", "-3", "1.5", "nan", "٣", "Sun, 99 Nov")] == [None] * 7
    assert seconds("9" * 5000) is not None and seconds("9" * 5000) > LONGEST_WAIT  # type: ignore[operator]


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key(status: int) -> None:
    """Servers quote the key, or a part of it, so nothing of what they say is shown."""
    error = refused(then(failure(status, f"Incorrect API key provided: {KEY[:6]}***{KEY[-4:]}")))
    assert "does not accept the key in SOME_KEY" in str(error) and KEY[-4:] not in str(error)
    assert "wants a key" in str(refused(then(failure(status)), key=""))


def test_an_echoed_key_is_cut_out() -> None:
    error = refused(then(failure(418, f"teapot of {KEY}\x1b[2J, sorry.")))
    assert "teapot of ... [2J, sorry." in str(error)


def test_a_redirect_is_not_followed() -> None:
    with teaching(good) as other:
        where = f"{other.url}/chat/completions"
        for status in (301, 302, 307, 308):
            error = refused(then(Answer(b"", status, {"Location": where})))
            assert "sends us elsewhere" in str(error)
    assert other.asked == []


def test_no_such_model() -> None:
    error = refused(then(failure(404, "model big-model not found")))
    assert "has no model 'big-model'" in str(error) and "model big-model not found" in str(error)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>busy</html>",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b'{"choices": []}',
        b'{"choices": [{"message": {"content": null}}]}',
        b'{"choices": [{"message": {"content": 5}}]}',
        b'{"choices": [{"message": null}]}',
        b"[" * 100_000,
        b'{"a": ' + b"9" * 5_000 + b"}",
        b'{"choices": [{"message": {"content": "\\ud800"}}]}',
        completion("cut", reason="length").body,
        completion("hidden", reason="content_filter").body,
        completion("x").body + b"x",
    ],
    ids=lambda body: ascii(body[:30]),
)
def test_a_reply_that_is_no_use(body: bytes) -> None:
    refused(then(Answer(body)), BadAnswer)


def test_tokens_count_also_where_the_answer_is_no_use() -> None:
    with teaching(then(completion("", reason="length", tokens=(5, 4096)))) as teacher:
        asking, _, _ = client(teacher.url)
        with pytest.raises(BadAnswer, match="--teacher-max-tokens"):
            asking.chat(ASKED)
    assert (asking.tokens_in, asking.tokens_out) == (5, 4096)


@pytest.mark.parametrize("figure", [-1, 1.5, True, "7", None, 10**12])
def test_strange_counts_are_not_believed(figure: object) -> None:
    body = {"choices": [{"message": {"content": "x"}}], "usage": {"prompt_tokens": figure}}
    with teaching(then(Answer(json.dumps(body).encode()))) as teacher:
        asking, _, _ = client(teacher.url)
        assert asking.chat(ASKED) == "x" and asking.tokens_in == 0


@pytest.mark.parametrize("cut", [0, 1, 40])
def test_a_reply_that_breaks_off(cut: int) -> None:
    whole = completion("x" * 500)
    assert "broke off" in str(refused(then(Answer(whole.body, cut=cut)), BadAnswer))


def test_a_huge_reply_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MOST_BYTES", 100_000)
    assert "more than 100,000 bytes" in str(refused(then(completion("x" * 10_000_000)), BadAnswer))


def odd_server(serve: Callable[[socket.socket], None]) -> str:
    """The address of a server that treats one connection as `serve` does."""
    listening = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        with listening, listening.accept()[0] as connection:
            connection.settimeout(10)
            serve(connection)

    Thread(target=run, daemon=True).start()
    return f"http://127.0.0.1:{listening.getsockname()[1]}/v1"


def silent(connection: socket.socket) -> None:
    connection.recv(65_536)
    time.sleep(1.5)


def dripping(connection: socket.socket) -> None:
    connection.recv(65_536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    try:
        for _ in range(1_000):
            connection.sendall(b" ")
            time.sleep(0.03)
    except OSError:
        pass


def gone(connection: socket.socket) -> None:
    connection.recv(65_536)


def no_http(connection: socket.socket) -> None:
    connection.recv(65_536)
    connection.sendall(b"220 mail ready\r\n")


@pytest.mark.parametrize("serve", [silent, dripping, gone, no_http], ids=lambda serve: serve.__name__)
def test_a_server_that_does_not_answer_properly(serve: Callable[[socket.socket], None]) -> None:
    asking, _, _ = client(odd_server(serve), timeout=0.4)
    began = time.monotonic()
    with pytest.raises(BadAnswer, match="No whole answer came"):
        asking.chat(ASKED)
    assert time.monotonic() - began < 5, "30 seconds is what the dripping one takes"


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    asking, waits, _ = client(f"http://127.0.0.1:{port}/v1")
    with pytest.raises(TeacherError, match=r"Nothing answers at 127\.0\.0\.1") as error:
        asking.chat(ASKED)
    assert waits == [] and "server runs" in error.value.hint


def test_a_connection_that_fails_for_a_while() -> None:
    """Where something is amiss on the way, and not at its end, it is tried again."""
    before: list[int] = []

    def send(*_: Any, **__: Any) -> http.Reply:
        before.append(1)
        if len(before) < 3:
            raise http.Unreachable("Network is unreachable")
        return http.Reply(200, completion("yes").body)

    asking, waits, told = client("http://teacher.invalid/v1", send=send)
    assert asking.chat(ASKED) == "yes" and waits == [2.0, 4.0] and "cannot be reached" in told[0]
    asking, _, _ = client("http://teacher.invalid/v1", send=unreachable)
    with pytest.raises(TeacherError, match="Network is unreachable"):
        asking.chat(ASKED)
    assert asking.requests == ATTEMPTS


def unreachable(*_: Any, **__: Any) -> http.Reply:
    raise http.Unreachable("Network is unreachable")


def test_a_server_that_knows_no_schema() -> None:
    """LM Studio knows only json_schema, older servers only json_object, some neither."""

    def takes(*known: str | None) -> Script:
        def script(asked: Any, before: int) -> Answer:
            kind = asked.body.get("response_format", {}).get("type")
            return completion("{}") if kind in known else failure(400, "'response_format.type' is unknown")

        return script

    for known, requests in ((("json_schema",), 1), (("json_object",), 2), ((None,), 3)):
        with teaching(takes(*known)) as teacher:
            asking, _, _ = client(teacher.url)
            assert asking.chat(ASKED, schema(1)) == asking.chat(ASKED, schema(1)) == "{}"
        assert len(teacher.asked) == requests + 1, "it is remembered"
    assert "refuses the request (400)" in str(refused(takes()))


def test_a_server_with_another_name_for_the_limit() -> None:
    def script(asked: Any, before: int) -> Answer:
        if "max_tokens" in asked.body:
            return failure(400, "'max_tokens' is not supported, use 'max_completion_tokens' instead.")
        return completion(str(asked.body["max_completion_tokens"]))

    with teaching(script) as teacher:
        asking, _, _ = client(teacher.url)
        assert asking.chat(ASKED) == asking.chat(ASKED) == "77"
    assert len(teacher.asked) == 3


def test_plain_questions() -> None:
    with teaching(lambda asked, before: completion("" if before == 1 else f"{before}!")) as teacher:
        asking, _, _ = client(teacher.url)
        assert asking.ask(["a", "b", "c"]) == ["0!", "", "2!"]
    assert [asked.prompt for asked in teacher.asked] == ["a", "b", "c"]
    with teaching(then(completion("cut", reason="length"))) as teacher:
        assert client(teacher.url)[0].ask(["a"]) == [""]
