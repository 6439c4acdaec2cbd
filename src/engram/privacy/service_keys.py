"""Keys and tokens of services, payments, messengers and models, by the formats that their makers document.

Not here: clouds and code hosts (developer_keys.py), keys without a form of their own (assignments.py).
"""

from __future__ import annotations

from engram.privacy.checksums import base58check
from engram.privacy.findings import API_KEY, PRIVATE_KEY, TOKEN
from engram.privacy.rules import EDGE, END, Rule, anything, key, mixed, rule

_UUID = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"

_MODELS = (
    key(API_KEY, "openai", r"sk-(?:proj-|svcacct-|admin-|None-)?[\w-]{20,74}T3BlbkFJ[\w-]{20,74}", "t3blbkfj"),
    key(API_KEY, "openai", r"sk-(?:proj|svcacct|admin|None)-[\w-]{40,200}", "sk-"),
    key(API_KEY, "openai-like", r"sk-[A-Za-z0-9]{32,64}", "sk-"),  # also DeepSeek, Moonshot, LiteLLM
    key(API_KEY, "anthropic", r"sk-ant-[a-z0-9]{3,12}-[\w-]{60,120}", "sk-ant-"),
    key(API_KEY, "openrouter", r"sk-or-(?:v1-)?[a-f0-9]{40,64}", "sk-or-"),
    key(TOKEN, "hugging-face", r"(?:hf_|api_org_)[A-Za-z0-9]{30,40}", "hf_ api_org_"),
    key(TOKEN, "replicate", r"r8_[A-Za-z0-9]{37,40}", "r8_"),
    key(API_KEY, "groq", r"gsk_[A-Za-z0-9]{48,56}", "gsk_"),
    key(API_KEY, "xai", r"xai-[A-Za-z0-9]{70,90}", "xai-"),
    key(API_KEY, "perplexity", r"pplx-[A-Za-z0-9]{40,60}", "pplx-"),
    key(API_KEY, "nvidia", r"nvapi-[\w-]{60,70}", "nvapi-"),
    key(API_KEY, "cerebras", r"csk-[a-z0-9]{40,56}", "csk-"),
    key(API_KEY, "fireworks", r"fw_[A-Za-z0-9]{22,40}", "fw_"),
    key(API_KEY, "together", r"tgp_v1_[\w-]{40,50}", "tgp_v1_"),
    key(API_KEY, "tavily", r"tvly-(?:dev-|prod-)?[A-Za-z0-9]{30,40}", "tvly-"),
    key(API_KEY, "langsmith", r"lsv2_(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10}", "lsv2_"),
    key(API_KEY, "langfuse", rf"(?:sk|pk)-lf-{_UUID}", "k-lf-"),
    key(API_KEY, "pinecone", r"pcsk_[A-Za-z0-9]{5,7}_[A-Za-z0-9]{60,66}", "pcsk_"),
    key(API_KEY, "jina", r"jina_[A-Za-z0-9_-]{50,70}", "jina_"),
    key(API_KEY, "voyage", r"pa-[\w-]{43}", "pa-", mixed),
    key(API_KEY, "elevenlabs", r"sk_[a-f0-9]{48}", "sk_"),
    key(API_KEY, "weights-and-biases", r"wandb_v1_[A-Za-z0-9_]{60,100}", "wandb_v1_"),
    key(API_KEY, "stability-cursor", r"key_[a-f0-9]{64}", "key_"),
)  # fmt: skip

_MONEY = (
    key(API_KEY, "stripe", r"(?:sk|rk)_(?:live|test|prod)_[A-Za-z0-9_]{10,247}", "k_live_ k_test_ k_prod_"),
    key(API_KEY, "stripe-webhook", r"whsec_[A-Za-z0-9+/]{24,64}={0,2}", "whsec_"),
    key(API_KEY, "square", r"(?:sq0[a-z]{3}-[\w-]{22,43}|EAAA[A-Za-z0-9_-]{60})", "sq0 eaaa"),
    key(API_KEY, "braintree", r"access_token\$(?:production|sandbox)\$[a-z0-9]{16}\$[a-f0-9]{32}", "access_token$"),
    key(API_KEY, "razorpay", r"rzp_(?:live|test)_[A-Za-z0-9]{14}", "rzp_"),
    key(API_KEY, "mollie-gocardless", r"(?:live|test|sandbox)_[A-Za-z0-9_-]{30,45}", "live_ test_ sandbox_", mixed),
    key(API_KEY, "flutterwave", r"FLW(?:SEC|PUB)K(?:_TEST)?-[a-zA-Z0-9]{12,40}(?:-X)?", "flwseck flwpubk"),
    key(API_KEY, "shippo-lob", r"shippo_(?:live|test)_[a-f0-9]{40}", "shippo_"),
    key(API_KEY, "easypost-duffel", r"EZ[AT]K[A-Za-z0-9]{54}|duffel_(?:test|live)_[\w-]{43}", "ezak eztk duffel_"),
    key(API_KEY, "plaid", rf"access-(?:sandbox|development|production)-{_UUID}", "access-"),
    key(API_KEY, "adyen", r"AQE[a-z][a-zA-Z0-9+/]{60,300}[\w+/=.{}()&^%$#@!?*<>;:,|~\[\]-]{20,200}", "aqe"),
    rule(PRIVATE_KEY, "bitcoin-wif", rf"{EDGE}(?P<it>[59KLc][1-9A-HJ-NP-Za-km-z]{{50,51}}){END}", "", base58check),
    rule(PRIVATE_KEY, "bip32", rf"{EDGE}(?P<it>[xyzt]prv[1-9A-HJ-NP-Za-km-z]{{100,112}}){END}", "prv"),
    rule(PRIVATE_KEY, "ethereum", rf"(?i:private.?key|priv.?key|wallet|mnemonic|eth\w*)[^\n]{{0,40}}?(?P<it>(?:0x)?[a-fA-F0-9]{{64}}){END}", "key wallet eth"),
    key(PRIVATE_KEY, "nostr", r"nsec1[qpzry9x8gf2tvdw0s3jn54khce6mua7l]{58}", "nsec1"),
)  # fmt: skip

_MESSENGERS = (
    key(TOKEN, "slack", r"xox[abeoprs](?:\.xox[bp])?-(?:\d-)?[A-Za-z0-9-]{10,300}", "xox"),
    key(TOKEN, "slack-app", r"xapp-\d-[A-Z0-9]{8,14}-\d{8,14}-[a-z0-9]{32,80}", "xapp-"),
    rule(TOKEN, "slack-webhook", r"hooks\.slack\.com/(?:services|workflows|triggers)/(?P<it>[A-Za-z0-9]{6,15}/[A-Za-z0-9]{6,15}/[A-Za-z0-9/]{12,60})", "hooks.slack.com", anything),
    key(TOKEN, "telegram", r"\d{8,10}:[A-Za-z0-9_-]{35}", ":"),
    key(TOKEN, "discord", r"[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,45}", "."),
    rule(TOKEN, "discord-webhook", r"discord(?:app)?\.com/api/(?:v\d\d?/)?webhooks/(?P<it>\d{17,20}/[\w-]{60,80})", "/webhooks/", anything),
    rule(TOKEN, "teams-webhook", rf"webhook\.office\.com/webhookb2/(?P<it>{_UUID}@{_UUID}/IncomingWebhook/[a-f0-9]{{32}}/{_UUID})", "webhook.office.com", anything),
    key(TOKEN, "twilio", r"(?:SK|AC)[a-f0-9]{32}", "sk ac"),
    rule(TOKEN, "twilio-auth", rf"(?i:twilio)[^\n]{{0,60}}?{EDGE}(?P<it>[a-f0-9]{{32}}){END}", "twilio"),
    key(API_KEY, "sendgrid", r"SG\.[\w-]{20,24}\.[\w-]{39,50}", "sg."),
    key(API_KEY, "mailgun", r"(?:key-[a-f0-9]{32}|[a-f0-9]{32}-[a-f0-9]{8}-[a-f0-9]{8})", "-"),
    key(API_KEY, "mailchimp", r"[a-f0-9]{32}-us\d{1,2}", "-us"),
    key(API_KEY, "brevo", r"xkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16}", "xkeysib-"),
    key(API_KEY, "resend", r"re_[A-Za-z0-9]{8}_[A-Za-z0-9]{24}", "re_"),
    key(API_KEY, "vonage-plivo-postmark", rf"(?i:postmark|server.?token)[^\n]{{0,40}}?{_UUID}", "postmark server"),
)  # fmt: skip

_SERVICES = (
    key(API_KEY, "shopify", r"shp(?:at|ca|pa|ss|tka|ua)_[a-fA-F0-9]{32}", "shp"),
    key(API_KEY, "notion", r"(?:secret_[A-Za-z0-9]{43}|ntn_[A-Za-z0-9]{40,50})", "secret_ ntn_"),
    key(API_KEY, "linear", r"lin_(?:api|oauth|wh)_[A-Za-z0-9]{32,64}", "lin_"),
    key(TOKEN, "figma", r"fig[durw]{1,2}_[\w-]{36,60}", "figd_ figu_ figur_"),
    key(TOKEN, "asana", r"[012]/\d{14,17}(?:/\d{14,17})?:[a-f0-9]{32}", "/"),
    key(TOKEN, "airtable", r"pat[A-Za-z0-9]{14}\.[a-f0-9]{64}", "pat"),
    rule(API_KEY, "airtable-key", rf"(?i:airtable)[^\n]{{0,40}}?{EDGE}(?P<it>key[A-Za-z0-9]{{14}}){END}", "airtable"),
    key(TOKEN, "hubspot", rf"pat-(?:na|eu|ap)\d-{_UUID}", "pat-"),
    key(TOKEN, "dropbox", r"sl\.(?:u\.)?[\w-]{100,1400}", "sl."),
    key(TOKEN, "mapbox", r"[sp]k\.eyJ[\w-]{20,200}\.[\w-]{22}", "k.eyj"),
    key(TOKEN, "facebook", r"EAA[A-Z][A-Za-z0-9]{60,300}", "eaa"),
    key(TOKEN, "facebook-app", r"\d{13,17}\|[\w-]{27,40}", "|"),
    key(TOKEN, "instagram", r"IG(?:QV|AA|QW)[\w-]{60,300}", "igqv igaa igqw"),
    key(TOKEN, "twitter-bearer", r"A{20,24}[A-Za-z0-9%]{60,120}", "aaaaaaaaaaaaaaaaaaaa", anything),
    key(TOKEN, "twitch", r"oauth:[a-z0-9]{30}", "oauth:"),
    key(API_KEY, "new-relic", r"(?:NR(?:AK|RA)-[A-Z0-9]{27,42}|NRI[IQ]-[\w-]{32}|NRJS-[a-f0-9]{19}|[a-f0-9]{36}NRAL)", "nrak- nrra- nrii- nriq- nrjs- nral"),
    key(TOKEN, "grafana", r"(?:glc_[A-Za-z0-9+/]{32,400}={0,3}|glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}|eyJrIjoi[A-Za-z0-9+/]{60,400}={0,2})", "glc_ glsa_ eyjrijoi"),
    key(TOKEN, "sentry", r"(?:sntrys_[A-Za-z0-9+/=_-]{40,500}|sntryu_[a-f0-9]{64})", "sntry"),
    rule(TOKEN, "sentry-dsn", r"https?://(?P<it>[a-f0-9]{32}(?::[a-f0-9]{32})?)@[\w.-]{1,100}/\d", "@"),
    key(API_KEY, "typeform", r"tfp_[\w.=-]{40,70}", "tfp_"),
    key(API_KEY, "contentful", r"CFPAT-[\w-]{43}", "cfpat-"),
    key(API_KEY, "algolia-okta", r"SSWS 00[\w-]{40}", "ssws"),
    rule(API_KEY, "okta", rf"(?i:okta|ssws)[^\n]{{0,40}}?{EDGE}(?P<it>00[\w-]{{40}}){END}", "okta ssws"),
    key(API_KEY, "zoho", r"1000\.[a-f0-9]{32}\.[a-f0-9]{32}", "1000."),
    key(API_KEY, "adobe", r"p8e-[A-Za-z0-9]{32}", "p8e-"),
    key(API_KEY, "posthog", r"ph[xc]_[A-Za-z0-9]{40,52}", "phx_ phc_"),
    key(API_KEY, "apify", r"apify_api_[A-Za-z0-9]{32,40}", "apify_api_"),
    key(API_KEY, "frameio", r"fio-u-[\w=-]{60,70}", "fio-u-"),
    key(API_KEY, "datadog", r"dd(?:ap[pi]|pat|sat)_[A-Za-z0-9]{30,60}", "ddap ddpat ddsat"),
)  # fmt: skip

SERVICE_KEYS: tuple[Rule, ...] = (*_MODELS, *_MONEY, *_MESSENGERS, *_SERVICES)
