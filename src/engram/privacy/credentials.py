"""Secrets with a form of their own around them: key blocks, addresses with a password, headers, commands.

Not here: makers' keys (developer_keys.py, service_keys.py), values that only a name before them gives away
(assignments.py).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from engram.privacy.findings import CONNECTION_STRING, PASSWORD, PRIVATE_KEY, TOKEN, Finding
from engram.privacy.rules import END, Rule, anything, rule, varied

_BEGIN = re.compile(r"-----BEGIN ([A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?)-----")
# Without an end: headers, then pieces of base 64 with whatever breaks lines between them.
_BODY = re.compile(
    r"(?:\\[nr]|[\s\"'>|+#,])*+(?:[A-Za-z-]{3,20}: [^\n]{1,80}\s{1,4})*+"
    r"(?:(?:\\[nr]|[\s\"'>|+#,])*+[A-Za-z0-9+/=]{16,}+)*+(?:(?:\\[nr]|\s)?[A-Za-z0-9+/]{1,15}={1,2})?"
)
LONGEST_BLOCK = 20_000
"""Characters of a private key: RSA of 16,384 bits has 12,500."""


def _is_secret(value: str) -> bool:
    """A password in an address, and no placeholder for one."""
    return not _PLACEHOLDER.fullmatch(value)


_PLACEHOLDER = re.compile(
    r"(?i:\W*(?:pass(?:word|wd)?|pwd|secret|user(?:name)?|your\W?\w*|my\W?password|changeme|token|x+|\*+|\.+)\W*"
    r"|\$\{?\w+\}?|\{\{?[\w. ]+\}?\}|<[^>]*>|%\w+%?|%\(\w+\)s|\[[A-Z_0-9]+\])"
)
_DATABASES = (
    r"postgres(?:ql)?|mysql2?|mariadb|mongodb|rediss?|valkeys?|amqps?|mssql|sqlserver|oracle|clickhouse|"
    r"cockroachdb|neo4j|bolt|couchdb|cassandra|kafka|nats|influxdb|snowflake|redshift|jdbc:\w{2,20}|ldaps?|"
    r"smtps?|imaps?|s?ftps?|ssh|libsql|questdb|elasticsearch|memcached|mqtts?|vertica|firebird|trino|presto"
)
_VALUE = r"(?:\"[^\"\n]{1,200}\"|'[^'\n]{1,200}'|[^\s;\"'&,<>]{1,200})"

CREDENTIALS: tuple[Rule, ...] = (
    # RFC 3986, section 3.2.1: user information before the host
    rule(CONNECTION_STRING, "database-address", rf"(?i:(?:{_DATABASES})(?:\+[\w.]{{1,20}})?)://[^\s:/@\"'<>]{{0,100}}:(?P<password>[^\s/\"'<>]{{1,200}})@[^\s\"'<>`]{{1,300}}", "://", anything),
    rule(CONNECTION_STRING, "credentials-in-address", r"(?i:https?|git|svn|socks5h?|wss?)(?:\+\w{1,10})?://(?P<it>[^\s:/@\"'<>]{0,100}:[^\s/@\"'<>]{3,200})@", "://", lambda v: _is_secret(v.partition(":")[2])),
    rule(TOKEN, "token-in-address", r"(?i:https?)://(?P<it>[A-Za-z0-9_-]{20,255})@", "://"),
    # ADO.NET, ODBC and libpq write keys and values
    rule(CONNECTION_STRING, "connection-string", rf"(?i:(?:server|data source|host|addr(?:ess)?|driver|endpoint|account ?name|defaultendpointsprotocol|provider)\s?=[^\n\"']{{1,300}}?(?:password|pwd|accountkey|sharedaccesskey|secret)\s?=\s?){_VALUE}(?:;[ \w]{{1,40}}=[^;\s\"']{{0,100}}){{0,12}}", "password pwd accountkey sharedaccesskey secret", lambda v: _is_secret(v.rpartition("=")[2])),
    rule(PASSWORD, "password-setting", rf"(?i:(?:;|\b)(?:password|pwd)\s?=\s?)(?P<it>{_VALUE})\s?;", "password pwd", _is_secret),
    rule(PASSWORD, "password-parameter", r"(?i:[?&](?:password|passwd|pwd|pass)=)(?P<it>[^\s&\"'<>#]{3,200})", "pass pwd", _is_secret),
    rule(TOKEN, "token-parameter", r"(?i:[?&](?:access_?token|auth_?token|token|api_?key|apikey|key|secret|client_?secret|sig|signature|code|session)=)(?P<it>[^\s&\"'<>#]{16,2000})", "="),
    # RFC 6750, RFC 7617
    rule(TOKEN, "bearer", rf"(?i:\bbearer[\s:=]{{1,3}})(?P<it>[A-Za-z0-9._~+/-]{{16,4000}}={{0,2}}){END}", "bearer", lambda v: varied(v) and bool(re.search(r"\d", v))),
    rule(TOKEN, "authorization", r"(?i:\b(?:proxy-)?authorization[\"']?\s?[:=]\s?[\"']?(?:[a-z]{3,12}\s)?)(?P<it>[A-Za-z0-9._~+/=-]{16,4000})", "authorization"),
    rule(PASSWORD, "basic", rf"(?i:\bbasic\s)(?P<it>[A-Za-z0-9+/]{{8,400}}={{0,2}}){END}", "basic", lambda v: _is_pair(v)),
    rule(PASSWORD, "docker-auth", r"\"auth\"\s?:\s?\"(?P<it>[A-Za-z0-9+/]{8,400}={0,2})\"", '"auth"', lambda v: _is_pair(v)),
    rule(TOKEN, "cookie", r"(?i:\b(?:set-)?cookie[\"']?\s?:\s?)(?P<it>[\w.%-]{1,60}=[^\s;\"']{16,2000}(?:;\s?[\w.%-]{1,60}=[^\s;\"']{1,2000}){0,30})", "cookie"),
    # commands and files of credentials
    rule(PASSWORD, "curl-user", r"(?i:\bcurl\b[^\n]{0,300}?\s(?:-u|--user)[\s=])[\"']?(?P<it>[^\s:\"']{1,100}:[^\s\"']{3,200})", "curl", lambda v: _is_secret(v.partition(":")[2])),
    rule(PASSWORD, "command-password", r"(?i:\s--?(?:password|passwd|pass|pwd|passphrase|passin pass|requirepass)(?:=|\s|:))[\"']?(?P<it>[^\s\"'-][^\s\"']{2,200})", "pass pwd", _is_secret),
    rule(PASSWORD, "short-password-option", r"(?i:\b(?:mysql|mysqldump|mariadb|sshpass|mysqladmin|7z|zip)\b[^\n|]{0,200}?\s-p\s?)[\"']?(?P<it>[^\s\"'-][^\s\"']{3,100})", "-p", _is_secret),
    rule(PASSWORD, "redis-cli", r"(?i:\bredis-cli\b[^\n|]{0,200}?\s-a\s)[\"']?(?P<it>[^\s\"']{4,200})", "redis-cli", _is_secret),
    rule(PASSWORD, "netrc", r"(?i:\bmachine\s{1,4}\S{1,200}\s{1,8}login\s{1,4}\S{1,200}\s{1,8}password\s{1,4})(?P<it>\S{3,200})", "machine", _is_secret),
    rule(PASSWORD, "pgpass", r"(?<![\w.:/-])(?:[\w.-]{1,100}|\*):(?:\d{4,5}|\*):(?:[A-Za-z_][\w-]{0,60}|\*):(?:[A-Za-z_][\w.-]{0,60}|\*):(?P<it>[^\s:\"'`]{4,200})", ":", _is_secret),
    rule(PASSWORD, "wireless", r"(?i:\bwi-?fi|\bwlan|\bssid|hotspot)[^\n]{0,30}?[:=(][^\n/]{1,40}\s[/|,]\s(?P<it>\S{8,63})", "wifi wi-fi wlan ssid hotspot", lambda v: bool(re.search(r"\d", v) and re.search("[A-Za-z]", v))),
    rule(PASSWORD, "wireless-code", r"WIFI:[^\s]{0,100}?P:(?P<it>(?:\\;|[^;\s]){4,100});", "wifi:", anything),
    rule(PASSWORD, "password-hash", r"(?P<it>\$(?:apr1|1|2[abxy]|5|6|7|y|argon2(?:id?|d))\$[\w./$=,+-]{20,300})", "$", anything),
    rule(TOKEN, "otpauth", r"otpauth://[^\s\"'<>]{0,200}?[?&]secret=(?P<it>[A-Za-z2-7=%]{8,200})", "otpauth", anything),
    rule(TOKEN, "one-time-secret", r"(?i:totp|\botp|2fa|mfa|authenticator)[^\n]{0,40}?(?<![A-Za-z0-9])(?P<it>[A-Z2-7]{16,64}|(?:[A-Z2-7]{4}[ -]){3,15}[A-Z2-7]{4})(?![A-Za-z0-9])", "otp 2fa mfa authenticator"),
    rule(PRIVATE_KEY, "putty", r"PuTTY-User-Key-File-[23]:[^\0]{0,4000}?Private-Lines: \d{1,4}\s{1,2}(?P<it>(?:[A-Za-z0-9+/=]{1,80}\s{1,2}){1,200})", "putty-user-key", anything),
    rule(PRIVATE_KEY, "json-web-key", r"\"(?:d|p|q|dp|dq|qi|k)\"\s?:\s?\"(?P<it>[\w-]{20,1400})\"", '"kty"'),
    rule(PRIVATE_KEY, "wireguard", rf"(?i:(?:private|preshared)[ _]?key)\s?[=:]\s?[\"']?(?P<it>[A-Za-z0-9+/]{{42}}[AEIMQUYcgkosw048]=){END}", "key", anything),
)  # fmt: skip


def app_passwords(text: str) -> Iterator[Finding]:
    """Four groups of four letters near the word, as Google and Apple make them for programs."""
    if "pass" not in text and "PASS" not in text and "Pass" not in text:
        return
    for match in _GROUPS.finditer(text):
        around = text[max(0, match.start() - 60) : match.end() + 60].lower()
        before = text[max(0, match.start() - 3) : match.start()]
        given = re.search(r"[\"'=:`>|]", before) is not None
        if "pass" in around and (given or sum(match.group().count(vowel) for vowel in "aeiou") <= 6):
            yield Finding(PASSWORD, *match.span(), "app-password")


_GROUPS = re.compile(r"(?<![A-Za-z-])[a-z]{4}(?:[ -][a-z]{4}){3}(?![A-Za-z-])")


def key_blocks(text: str) -> Iterator[Finding]:
    """Private keys as RFC 7468 and RFC 9580 write them, also with escaped line breaks or without an end."""
    at = 0
    while begin := _BEGIN.search(text, at):
        end = text.find(f"-----END {begin[1]}-----", begin.end(), begin.end() + LONGEST_BLOCK)
        if end < 0:
            body = _BODY.match(text, begin.end(), begin.end() + LONGEST_BLOCK)
            at = body.end() if body else begin.end()
        else:
            at = end + len(f"-----END {begin[1]}-----")
        yield Finding(PRIVATE_KEY, begin.start(), at, "key-block")


def _is_pair(value: str) -> bool:
    """Whether it is the base 64 of `user:password` (RFC 7617)."""
    try:
        return b":" in base64.b64decode(value + "=" * (-len(value) % 4), validate=True).strip(b":")
    except binascii.Error:
        return False
