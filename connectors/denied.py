"""Places that no source of ours reads, whoever links to them: their terms forbid it, or a log-in stands before them.

Pure, so that settings can refuse a base address (exit 2) before anything runs.
"""

from urllib.parse import unquote, urlsplit

# RELIABILITY T24 and G18: social networks whose terms forbid reading, people-search and contact brokers.
DENIED_SITES = {
    "linkedin.com": "its terms forbid automated reading",
    "lnkd.in": "it leads to linkedin.com",
    "licdn.com": "it belongs to linkedin.com",
    "facebook.com": "its terms forbid automated reading",
    "fb.com": "it leads to facebook.com",
    "instagram.com": "its terms forbid automated reading",
    "threads.net": "its terms forbid automated reading",
    "x.com": "its terms forbid automated reading",
    "twitter.com": "its terms forbid automated reading",
    "tiktok.com": "its terms forbid automated reading",
    "xing.com": "its terms forbid automated reading",
    "viadeo.com": "its terms forbid automated reading",
    "kaspr.io": "it sells contacts taken from a social network",
    "lusha.com": "it sells contacts of persons",
    "zoominfo.com": "it sells contacts of persons",
    "rocketreach.co": "it sells contacts of persons",
    "apollo.io": "it sells contacts of persons",
    "contactout.com": "it sells contacts of persons",
    "signalhire.com": "it sells contacts of persons",
    "glassdoor.com": "its content stands behind a log-in",
    "accounts.google.com": "it is a log-in",
    "login.microsoftonline.com": "it is a log-in",
    "login.live.com": "it is a log-in",
    "appleid.apple.com": "it is a log-in",
    "auth0.com": "it is a log-in",
    "okta.com": "it is a log-in",
}
LOGIN_HOST_LABELS = frozenset({"login", "signin", "sso", "auth", "accounts", "idp"})
LOGIN_PATH_PARTS = frozenset({
    "login", "log-in", "logon", "signin", "sign-in", "sign_in", "signup", "sign-up", "sso", "oauth", "oauth2", "saml",
    "saml2", "authwall", "wp-login", "connexion", "se-connecter", "identification", "anmelden", "anmeldung",
    "iniciar-sesion", "acceso-clientes", "captcha", "recaptcha", "paywall", "checkpoint",
})  # fmt: skip


def why_denied_host(host: str) -> str | None:
    """The reason why nothing may be asked of this host, or None."""
    name = host.lower().rstrip(".")
    while name:
        if name in DENIED_SITES:
            return f"{name} is on the deny list: {DENIED_SITES[name]}"
        name = name.partition(".")[2]
    return None


def why_denied(url: str) -> str | None:
    """The reason why this page may not be asked for, or None: a denied host, or a log-in by its address."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if reason := why_denied_host(host):
        return reason
    if host.count(".") > 1 and host.partition(".")[0] in LOGIN_HOST_LABELS:
        return f"{host} is a log-in by its name"
    for part in unquote(parts.path).lower().split("/"):
        if part.partition(".")[0] in LOGIN_PATH_PARTS:
            return f"/{part} is a log-in or a wall by its name"
    return None
