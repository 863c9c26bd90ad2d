"""What a source wants to be told before it answers: a key, or a contact; without it the source is left out."""

from connectors.contract import Connector
from flows.settings import Settings

CONTACT = "@"  # a source that wants a contact wants an address to write to


def why_not_asked(settings: Settings, connector: Connector) -> str | None:
    """Why this source is left out tonight, in one line that says what to do; None when it can be asked."""
    if connector.terms.needs_key and not settings.has_key(connector.name):
        return f"{connector.name}: no key, not asked; set GRANDCOMPTE_{connector.name.upper()}_KEY"
    if connector.terms.needs_contact and CONTACT not in settings.contact:
        return f"{connector.name}: it wants a contact, not asked; set GRANDCOMPTE_CONTACT to a name and mail address"
    return None
