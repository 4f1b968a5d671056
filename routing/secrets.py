"""API keys at rest; see `parley.sealed`."""

from parley.sealed import seal, unseal

PURPOSE = "provider-keys"


def encrypt(text: str) -> str:
    """Text that only this installation's SECRET_KEY can read."""
    return seal(PURPOSE, text)


def decrypt(token: str) -> str:
    """The text behind `token`; empty when it is empty or was written under another SECRET_KEY."""
    return unseal(PURPOSE, token)
