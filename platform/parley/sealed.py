"""Secrets at rest: encrypted with a key derived from SECRET_KEY (Fernet: AES-128-CBC with HMAC-SHA256).

Each purpose has a key of its own, so that what was stored for one opens nothing of another.
"""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings


def seal(purpose: str, text: str) -> str:
    """Text that only this installation's SECRET_KEY can read, for the same purpose."""
    return _fernet(purpose).encrypt(text.encode()).decode()


def unseal(purpose: str, token: str) -> str:
    """The text behind `token`; empty when it is empty or was written under another SECRET_KEY."""
    try:
        return _fernet(purpose).decrypt(token.encode()).decode() if token else ""
    except InvalidToken:
        return ""


def _fernet(purpose: str) -> Fernet:
    digest = hashlib.sha256(f"parley.{purpose}:".encode() + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))
