"""API keys at rest: encrypted with a key derived from SECRET_KEY (Fernet: AES-128-CBC with HMAC-SHA256)."""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings


def encrypt(text: str) -> str:
    """Text that only this installation's SECRET_KEY can read."""
    return _fernet().encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """The text behind `token`; empty when it is empty or was written under another SECRET_KEY."""
    try:
        return _fernet().decrypt(token.encode()).decode() if token else ""
    except InvalidToken:
        return ""


def _fernet() -> Fernet:
    digest = hashlib.sha256(b"parley.provider-keys:" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))
