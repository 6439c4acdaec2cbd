"""Tokens of messengers, mail, payments, monitoring and office services.

Not here: code hosts (secret_code.py), clouds (secret_clouds.py).
"""

from __future__ import annotations

import base64
import random

from tests.support.exam.families import Family
from tests.support.exam.pieces import (
    ALNUM,
    DIGITS,
    HEX,
    UPPER_ALNUM,
    URLSAFE,
    draw,
    parts,
    some,
    token,
    uuid_of,
    within,
)


def discord_owner(rng: random.Random) -> str:
    """The first part of a bot token: the bot's number of 18 digits in base64 (Discord documentation)."""
    number = rng.choice("123456789") + draw(rng, DIGITS, 17)
    return base64.b64encode(number.encode()).decode().rstrip("=")


def slack_hook(rng: random.Random) -> str:
    return (
        "https://hooks.sla" + f"ck.com/services/T{draw(rng, UPPER_ALNUM, 8)}/B{draw(rng, UPPER_ALNUM, 10)}/"
    )


def discord_hook(rng: random.Random) -> str:
    return f"https://discord.com/api/web{'hooks'}/{draw(rng, '123456789', 18)}/"


def teams_hook(rng: random.Random) -> str:
    return (
        f"https://firm{rng.randint(10, 99)}.webhook.office.com/webhookb2/"
        f"{uuid_of(rng)}@{uuid_of(rng)}/Incoming{'Webhook'}/"
    )


SERVICES = (
    # Slack API, "Token types" and "Sending messages using incoming webhooks".
    Family(
        "slack-bot-token",
        "Slack bot token",
        "SLACK_BOT_TOKEN",
        parts("xo", "xb-", some(DIGITS, 12), "-", some(DIGITS, 13), "-", some(ALNUM, 24)),
    ),
    Family(
        "slack-user-token",
        "Slack token",
        "SLACK_TOKEN",
        parts(
            "xo", "xp-", some(DIGITS, 12), "-", some(DIGITS, 12), "-", some(DIGITS, 13), "-", some(HEX, 32)
        ),
    ),
    Family(
        "slack-app-token",
        "Slack app token",
        "SLACK_APP_TOKEN",
        parts("xa", "pp-1-A", some(UPPER_ALNUM, 10), "-", some(DIGITS, 13), "-", some(HEX, 64)),
    ),
    Family("slack-webhook", "Slack webhook", "SLACK_WEBHOOK_URL", within(slack_hook, some(ALNUM, 24))),
    # Discord Developer Documentation, "Reference: Authentication" and "Webhook Resource".
    Family(
        "discord-bot-token",
        "Discord bot token",
        "DISCORD_TOKEN",
        parts(discord_owner, ".G", some(URLSAFE, 5), ".", some(URLSAFE, 38)),
    ),
    Family("discord-webhook", "Discord webhook", "DISCORD_WEBHOOK", within(discord_hook, some(URLSAFE, 68))),
    # Telegram Bot API, "Authorizing your bot".
    Family(
        "telegram-bot-token",
        "Telegram bot token",
        "TELEGRAM_BOT_TOKEN",
        parts(some("123456789", 10), ":", "AA", some(URLSAFE, 33)),
    ),
    Family(
        "teams-webhook",
        "Teams webhook",
        "TEAMS_WEBHOOK",
        within(teams_hook, lambda rng: draw(rng, HEX, 32) + "/" + uuid_of(rng)),
    ),
    # Twilio documentation, "API keys" (SK...) and "Auth token" (32 hexadecimal digits without a mark).
    Family("twilio-key", "Twilio API key", "TWILIO_API_KEY", token(("S", "K"), HEX, 32)),
    Family("twilio-auth-token", "Twilio auth token", "TWILIO_AUTH_TOKEN", token((), HEX, 32), bare=False),
    # SendGrid, Mailgun, Mailchimp and Brevo API references.
    Family(
        "sendgrid-key",
        "SendGrid key",
        "SENDGRID_API_KEY",
        parts("S", "G.", some(URLSAFE, 22), ".", some(URLSAFE, 43)),
    ),
    Family("mailgun-key", "Mailgun key", "MAILGUN_API_KEY", token(("ke", "y-"), HEX, 32)),
    Family(
        "mailchimp-key",
        "Mailchimp key",
        "MAILCHIMP_API_KEY",
        parts(some(HEX, 32), "-us", some("123456789", 1)),
    ),
    Family(
        "brevo-key", "Brevo key", "BREVO_API_KEY", parts("xk", "eysib-", some(HEX, 64), "-", some(ALNUM, 16))
    ),
    # Stripe Docs, "API keys" and "Check the webhook signatures".
    Family("stripe-key", "Stripe key", "STRIPE_SECRET_KEY", token(("sk", "_li", "ve_"), ALNUM, 24, 99)),
    Family(
        "stripe-restricted-key",
        "restricted Stripe key",
        "STRIPE_KEY",
        token(("rk", "_li", "ve_"), ALNUM, 24, 99),
    ),
    Family(
        "stripe-webhook-secret",
        "Stripe signing secret",
        "STRIPE_WEBHOOK_SECRET",
        token(("wh", "sec_"), ALNUM, 32),
    ),
    # Square, Braintree, Razorpay and Shopify developer documentation.
    Family("square-token", "Square token", "SQUARE_ACCESS_TOKEN", token(("EA", "AA", "E"), URLSAFE, 59)),
    Family("square-secret", "Square secret", "SQUARE_SECRET", token(("sq0", "csp-"), URLSAFE, 43)),
    Family(
        "braintree-token",
        "Braintree token",
        "BRAINTREE_ACCESS_TOKEN",
        parts(
            "access_tok", "en$production$", some("abcdefghjkmnpqrstvwxyz" + DIGITS, 16), "$", some(HEX, 32)
        ),
    ),
    Family("razorpay-key", "Razorpay secret", "RAZORPAY_KEY_SECRET", token((), ALNUM, 24), bare=False),
    Family("shopify-token", "Shopify token", "SHOPIFY_ACCESS_TOKEN", token(("sh", "pat_"), HEX, 32)),
    # Meta and X developer documentation.
    Family(
        "facebook-token",
        "Facebook page token",
        "FB_PAGE_TOKEN",
        token(("EA", "AC", "Ed", "Eose0cB", "A"), ALNUM, 150, 190),
    ),
    Family(
        "x-bearer-token",
        "Twitter bearer token",
        "TWITTER_BEARER_TOKEN",
        parts("AAAAAAAAAA", "AAAAAAAAAAAA", some(ALNUM, 8), "%2B", some(ALNUM, 60), "%3D"),
    ),
    # Datadog (32 hexadecimal digits, no mark), New Relic, Grafana, PagerDuty documentation.
    Family("datadog-key", "Datadog API key", "DD_API_KEY", token((), HEX, 32), bare=False),
    Family("newrelic-key", "New Relic key", "NEW_RELIC_API_KEY", token(("NR", "AK-"), UPPER_ALNUM, 27)),
    Family(
        "grafana-token",
        "Grafana token",
        "GRAFANA_TOKEN",
        parts("gl", "sa_", some(ALNUM, 32), "_", some(HEX, 8)),
    ),
    Family(
        "pagerduty-key", "PagerDuty API key", "PAGERDUTY_API_KEY", token(("u", "+"), URLSAFE, 18), bare=False
    ),
    # Linear, Notion, Airtable, Asana, Figma, Dropbox, Mapbox, Algolia, Okta developer documentation.
    Family("linear-key", "Linear key", "LINEAR_API_KEY", token(("lin", "_api_"), ALNUM, 40)),
    Family(
        "notion-token", "Notion token", "NOTION_TOKEN", parts("nt", "n_", some(DIGITS, 11), some(ALNUM, 35))
    ),
    Family(
        "airtable-token",
        "Airtable token",
        "AIRTABLE_TOKEN",
        parts("pa", "t", some(ALNUM, 14), ".", some(HEX, 64)),
    ),
    Family(
        "asana-token",
        "Asana token",
        "ASANA_TOKEN",
        parts("1", "/", some("123456789", 16), ":", some(HEX, 32)),
    ),
    Family("figma-token", "Figma token", "FIGMA_TOKEN", token(("fi", "gd_"), URLSAFE, 40)),
    Family("dropbox-token", "Dropbox token", "DROPBOX_TOKEN", token(("s", "l.", "u."), URLSAFE, 135, 160)),
    Family(
        "mapbox-token",
        "Mapbox secret token",
        "MAPBOX_TOKEN",
        parts("s", "k.ey", "J1Ijoi", some(ALNUM, 60), ".", some(URLSAFE, 22)),
    ),
    Family("algolia-key", "Algolia admin API key", "ALGOLIA_ADMIN_KEY", token((), HEX, 32), bare=False),
    Family("okta-token", "Okta API token", "OKTA_API_TOKEN", token(("0", "0"), URLSAFE, 40), bare=False),
)
