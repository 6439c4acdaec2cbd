"""Tokens of code hosts, package registries, build services and model providers.

Not here: clouds (secret_clouds.py), messengers and payments (secret_services.py).
"""

from __future__ import annotations

from tests.support.exam.families import Family
from tests.support.exam.pieces import (
    ALNUM,
    HEX,
    LETTERS,
    LOWER_ALNUM,
    URLSAFE,
    checked,
    encoded,
    parts,
    some,
    token,
)

UPPER_HEX = HEX.upper()

CODE = (
    # GitHub Docs, "About authentication to GitHub": five prefixes, checksum in the last six characters.
    Family("github-token", "GitHub token", "GITHUB_TOKEN", checked("gh", "p_")),
    Family("github-oauth", "GitHub OAuth token", "GH_TOKEN", checked("gh", "o_")),
    Family("github-app-token", "installation token", "GITHUB_APP_TOKEN", checked("gh", "s_")),
    Family("github-refresh", "GitHub refresh token", "GITHUB_REFRESH_TOKEN", checked("gh", "r_")),
    Family(
        "github-fine-grained",
        "fine-grained GitHub token",
        "GITHUB_PAT",
        parts("github", "_pat_", "11", some(ALNUM, 20), "_", some(ALNUM, 59)),
    ),
    # GitLab Docs, "Token overview": token prefixes.
    Family("gitlab-token", "GitLab token", "GITLAB_TOKEN", token(("gl", "pat-"), URLSAFE, 20)),
    Family("gitlab-runner", "runner token", "CI_RUNNER_TOKEN", token(("gl", "rt-"), URLSAFE, 20)),
    Family("gitlab-deploy", "deploy token", "CI_DEPLOY_TOKEN", token(("gl", "dt-"), URLSAFE, 20)),
    # Atlassian Support, "App passwords" and "Manage API tokens" (checksum after the equals sign).
    Family(
        "bitbucket-password",
        "Bitbucket app password",
        "BITBUCKET_APP_PASSWORD",
        token(("AT", "BB"), ALNUM, 32),
    ),
    Family(
        "atlassian-token",
        "Jira API token",
        "JIRA_API_TOKEN",
        parts("AT", "ATT3x", "FfGF0", some(URLSAFE, 171), "=", some(UPPER_HEX, 8)),
    ),
    # npm Docs, "About access tokens": the same checksum as GitHub's.
    Family("npm-token", "npm token", "NPM_TOKEN", checked("np", "m_")),
    # PyPI Help, "API tokens": a macaroon in base64 whose first bytes name pypi.org.
    Family(
        "pypi-token",
        "PyPI token",
        "TWINE_PASSWORD",
        token(("py", "pi-", "AgEI", "cHlwaS5v", "cmc"), URLSAFE, 130, 170),
    ),
    Family("rubygems-key", "RubyGems key", "GEM_HOST_API_KEY", token(("ruby", "gems_"), HEX, 48)),
    Family("crates-token", "crates.io token", "CARGO_REGISTRY_TOKEN", token(("c", "io"), ALNUM, 32)),
    Family("nuget-key", "NuGet key", "NUGET_API_KEY", token(("oy", "2"), LOWER_ALNUM, 43)),
    Family("docker-token", "Docker Hub token", "DOCKERHUB_TOKEN", token(("dckr", "_pat_"), URLSAFE, 27)),
    Family("artifactory-key", "Artifactory key", "ARTIFACTORY_API_KEY", token(("AK", "Cp"), ALNUM, 69)),
    Family("sonar-token", "SonarQube token", "SONAR_TOKEN", token(("sq", "p_"), HEX, 40)),
    Family("clojars-token", "Clojars token", "CLOJARS_PASSWORD", token(("CLO", "JARS_"), HEX, 60)),
    Family(
        "sentry-token",
        "Sentry token",
        "SENTRY_AUTH_TOKEN",
        parts("snt", "rys_", lambda rng: encoded(rng, 90), "_", some(ALNUM, 43)),
    ),
    Family(
        "postman-key", "Postman key", "POSTMAN_API_KEY", parts("PM", "AK-", some(HEX, 24), "-", some(HEX, 34))
    ),
    # Hugging Face Hub documentation, "User access tokens".
    Family("huggingface-token", "Hugging Face token", "HF_TOKEN", token(("h", "f_"), LETTERS, 34)),
    # OpenAI and Anthropic API references, "Authentication"; the middle mark of the first is public knowledge.
    Family(
        "openai-key",
        "OpenAI key",
        "OPENAI_API_KEY",
        parts("sk", "-proj-", some(URLSAFE, 74), "T3", "Blbk", "FJ", some(URLSAFE, 74)),
    ),
    Family(
        "openai-key-old",
        "OpenAI key",
        "OPENAI_API_KEY",
        parts("sk", "-", some(ALNUM, 20), "T3", "Blbk", "FJ", some(ALNUM, 20)),
    ),
    Family(
        "anthropic-key",
        "Anthropic key",
        "ANTHROPIC_API_KEY",
        parts("sk", "-ant-", "api", "03-", some(URLSAFE, 93), "AA"),
    ),
    Family("groq-key", "Groq key", "GROQ_API_KEY", token(("gs", "k_"), ALNUM, 52)),
    Family("perplexity-key", "Perplexity key", "PERPLEXITY_API_KEY", token(("pp", "lx-"), ALNUM, 48)),
    Family("replicate-token", "Replicate token", "REPLICATE_API_TOKEN", token(("r", "8_"), ALNUM, 37)),
    Family("openrouter-key", "OpenRouter key", "OPENROUTER_API_KEY", token(("sk", "-or-", "v1-"), HEX, 64)),
)
