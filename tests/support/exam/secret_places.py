"""Addresses, headers and lines of configuration files that carry a password or a token inside.

Only the password is planted; the server, the user and the file's own words may stay.

Not here: a password that stands alone (secret_plain.py).
"""

from __future__ import annotations

import base64
import random
from collections.abc import Callable
from urllib.parse import quote

from tests.support.exam.families import Family
from tests.support.exam.pieces import ALNUM, HEX, LOWER_ALNUM, URLSAFE, draw, encoded, some, within
from tests.support.exam.samples import Maker, Value, inside

USERS = ("app", "reporting", "svc_backup", "root", "shop", "etl", "readonly", "deploy", "grafana")
HOSTS = ("db.example.com", "db-2.internal", "10.20.0.7", "localhost", "cluster0.ab1cd.example.net", "pg")
NAMES = ("orders", "inventory", "metrics", "warehouse", "prod", "crm", "events")
SIGNS = "!*-_.~"  # may stand in an address without being escaped (RFC 3986, section 2.3, and sub-delims)


def phrase(rng: random.Random, signs: str = SIGNS) -> str:
    """A password of 10 to 24 characters, at least one letter, one digit and one sign."""
    rest = draw(rng, ALNUM + signs, rng.randint(7, 21))
    letters = [draw(rng, LOWER_ALNUM[:26], 1), draw(rng, "23456789", 1), draw(rng, signs, 1)]
    mixed = letters + list(rest)
    rng.shuffle(mixed)
    return (
        draw(rng, ALNUM, 1) + "".join(mixed) + draw(rng, ALNUM, 1)
    )  # signs at an end belong to the sentence


def address(scheme: str, port: int, tail: str = "") -> Maker:
    """User and password before the server in an address (RFC 3986, section 3.2.1; the drivers' manuals)."""

    def make(rng: random.Random) -> Value:
        secret = quote(phrase(rng, SIGNS + "@#%"), safe=SIGNS)
        end = f"@{rng.choice(HOSTS)}:{port}/{rng.choice(NAMES)}{tail}"
        return inside(f"{scheme}://{rng.choice(USERS)}:", secret, end)

    return make


def named(pattern: str) -> Maker:
    """A line of settings; {user}, {host} and {name} are filled in, and the password stands at {}."""

    def make(rng: random.Random) -> Value:
        before, after = pattern.split("{}")
        words = {"user": rng.choice(USERS), "host": rng.choice(HOSTS), "name": rng.choice(NAMES)}
        return inside(before.format(**words), phrase(rng), after.format(**words))

    return make


def pair(rng: random.Random) -> str:
    """user:password in base64 (RFC 7617)."""
    return base64.b64encode(f"{rng.choice(USERS)}:{phrase(rng)}".encode()).decode()


def fixed(*pieces: str) -> Callable[[random.Random], str]:
    return lambda rng: "".join(pieces)


PASS = "Pass" + "word"  # in pieces, as everything that a scanner of this file could take for an assignment
WORD = PASS.lower()

PLACES = (
    Family(
        "postgres-address", "database URL", "DATABASE_URL", address("postgresql", 5432, "?sslmode=require")
    ),
    Family(
        "postgres-async-address",
        "database URL",
        "SQLALCHEMY_DATABASE_URI",
        address("postgresql+asyncpg", 5432),
    ),
    Family("mysql-address", "database URL", "DATABASE_URL", address("mysql", 3306)),
    Family("mongodb-address", "Mongo URI", "MONGODB_URI", address("mongodb", 27017, "?authSource=admin")),
    Family("redis-address", "Redis URL", "REDIS_URL", address("rediss", 6380)),
    Family("amqp-address", "broker URL", "BROKER_URL", address("amqps", 5671)),
    Family("clickhouse-address", "ClickHouse URL", "CLICKHOUSE_URL", address("clickhouse", 9000)),
    Family("smtp-address", "mail server URL", "EMAIL_URL", address("smtp", 587)),
    Family("ftp-address", "upload address", "FTP_URL", address("ftp", 21)),
    Family("basic-auth-address", "registry address", "ARTIFACT_URL", address("https", 443)),
    # Microsoft Learn, "SqlConnection.ConnectionString"; the manuals of Oracle, ODBC and the JDBC drivers.
    Family(
        "sqlserver-string",
        "connection string",
        "CONNECTION_STRING",
        named(f"Server={{host}},1433;Database={{name}};User Id={{user}};{PASS}={{}};Encrypt=True;"),
    ),
    Family(
        "odbc-string",
        "ODBC string",
        "ODBC_DSN",
        named("Driver={{PostgreSQL}};Server={host};Uid={user};Pwd={};Database={name};"),
    ),
    Family(
        "jdbc-address",
        "JDBC URL",
        "JDBC_URL",
        named(f"jdbc:postgresql://{{host}}:5432/{{name}}?user={{user}}&{WORD}={{}}&ssl=true"),
    ),
    Family(
        "libpq-string",
        "connection string",
        "PG_DSN",
        named(f"host={{host}} port=5432 dbname={{name}} user={{user}} {WORD}={{}}"),
    ),
    # GitHub Docs, "Cloning with HTTPS URLs": a token in the place of the user.
    Family(
        "git-remote",
        "git remote",
        "REMOTE_URL",
        within(fixed("https://oauth2:"), some(URLSAFE, 40), "@git.example.com/team/site.git"),
    ),
    # RFC 7617 and RFC 6750.
    Family("basic-header", "request header", "AUTH_HEADER", within(fixed("Authorization: ", "Basic "), pair)),
    Family(
        "bearer-header",
        "request header",
        "AUTH_HEADER",
        within(fixed("Authorization: ", "Bearer "), some(URLSAFE, 43)),
    ),
    Family("api-key-header", "request header", "HEADER", within(fixed("X-Api-", "Key: "), some(ALNUM, 40))),
    # RFC 6265; names as common frameworks choose them.
    Family(
        "session-cookie",
        "cookie line",
        "COOKIE",
        within(fixed("Cookie: theme=dark; session", "id="), some(LOWER_ALNUM, 32)),
    ),
    # The manuals of GNU inetutils (.netrc), PostgreSQL (.pgpass), MySQL (.my.cnf), npm (.npmrc), Docker.
    Family("netrc-line", "netrc line", "NETRC", named(f"machine {{host}} login {{user}} {WORD} {{}}")),
    Family("pgpass-line", "pgpass line", "PGPASS_LINE", named("{host}:5432:{name}:{user}:{}")),
    Family(
        "npmrc-line",
        "npmrc line",
        "NPMRC",
        within(fixed("//registry.example.com/:_auth", "Token="), some(HEX, 40)),
    ),
    Family(
        "docker-auth",
        "docker config",
        "DOCKER_AUTH",
        within(fixed('"registry.example.com": {"au', 'th": "'), pair, '"}'),
    ),
    Family("curl-user", "curl call", "CMD", named("curl -u {user}:{} https://{host}/api/status")),
    Family("mysql-command", "mysql call", "CMD", named("mysql -h {host} -u {user} -p{} {name}")),
    Family("sshpass-command", "ssh call", "CMD", named("sshpass -p {} ssh {user}@{host}")),
    Family("form-field", "login request", "BODY", named(f"username={{user}}&{WORD}={{}}&remember=1")),
    Family(
        "url-token",
        "callback address",
        "CALLBACK",
        within(
            fixed("https://app.example.com/cb?state=ok&access_", "token="),
            some(URLSAFE, 48),
            "&expires_in=3600",
        ),
    ),
    Family(
        "htpasswd-bcrypt",
        "htpasswd line",
        "HTPASSWD",
        within(fixed("backup:"), lambda rng: "$2y" + "$10$" + draw(rng, "./" + ALNUM, 53)),
    ),
    Family(
        "ansible-secret",
        "become line",
        "INVENTORY_LINE",
        named(f"web1 ansible_host={{host}} ansible_user={{user}} ansible_become_{WORD}={{}}"),
    ),
    Family(
        "kubernetes-token",
        "service account line",
        "KUBE_LINE",
        within(fixed("    to", "ken: "), lambda rng: "eyJ" + encoded(rng, 300, url=True, pad=False)),
    ),
)
