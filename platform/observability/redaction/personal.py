"""What else logs need not know: e-mail, phone and IP addresses, credentials. Pure functions."""

import re
from collections.abc import Iterator
from ipaddress import ip_address

from observability.redaction.finder import Finder, Sort, matches

EMAIL = re.compile(r"(?<![\w.!#$%&+-])[\w.!#$%&'*+/=?^`{|}~-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w-])")
PHONE = re.compile(
    r"(?<![\w.,:/+-])(?!\d{1,2}[-/. ]\d{1,2}[-/. ]\d{2,4}(?! ?\d))(?:"
    r"(?:\+|00)[ ]?[1-9]\d{0,3}(?:[ .\-/()]{0,3}\d){6,12}"  # with the country
    r"|(?:\(0\)\d{2,5}|\(?0\d{1,5}\)?)[ /-]{1,3}\d(?:[ -]?\d){4,10}"  # 030 1234567, (0)170/1234567
    r"|0[1-9]\d{8,10}"  # 01701234567
    r"|(?:1[ .-])?(?:\(\d{3}\) ?|\d{3}[.-])\d{3}[ .-]\d{4}"  # North America
    r"|\d{2}(?: \d{2}){4})(?!\w|[.,]\d)"  # France: 06 12 34 56 78
)
CALLED = re.compile(
    r"\b(?:(?:tele)?(?:phone|fon|fax)|téléphone|teléfono|tel|mobile?|handy|cell|call|ring|whatsapp|sms|rufnummer|"
    r"mobilnummer)\b[^\n\d]{0,24}(?P<value>\+?\d(?:[ .\-/()]{0,2}\d){5,13})(?!\w|[.,]\d)",
    re.IGNORECASE,
)
_BYTE = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
IPV4 = re.compile(rf"(?<![\w.])(?:{_BYTE}\.){{3}}{_BYTE}(?!\w|\.\d)")
IPV6 = re.compile(r"(?<![\w:.])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])", re.IGNORECASE)
BEARER = re.compile(r"\b(?:Bearer|Basic)\s+(?P<value>[\w.~+/=-]{12,})")
IN_ADDRESS = re.compile(r"://[^/\s:@]{0,100}:(?P<value>[^/\s@]{1,200})@")


def _addresses(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    yield from (found.span() for found in IPV4.finditer(text, start, end))
    for found in IPV6.finditer(text, start, end):
        if len(found[0]) > 3 and _is_address(found[0]):
            yield found.span()


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


PERSONAL = (
    Finder(Sort.PASSWORD, "a password in an address", matches(IN_ADDRESS, "value"), r":[^/\s@]+@"),
    Finder(Sort.KEY, "a credential", matches(BEARER, "value"), r"\b(?:Bearer|Basic)\s"),
    Finder(Sort.EMAIL, "an e-mail address", matches(EMAIL), r"@[^\s.@]+\."),
    Finder(
        Sort.PHONE,
        "a phone number",
        matches(PHONE),
        r"(?:\+|\b00) ?[1-9](?:[ .\-/()]{0,3}\d){6}"
        r"|\b0\)?\d{1,5}\)?[ /-]{1,3}\d|\b0\d{9}|\d{3}\)? ?[.-]?\d{3}[ .-]\d{4}|\d{2}(?: \d{2}){4}",
    ),
    Finder(
        Sort.PHONE,
        "a number to call",
        matches(CALLED, "value"),
        r"(?i:\b(?:tel\b|tele(?:phone|fon|fax)|teléfono|phone|fax|téléphone|fon\b|mobil|handy|cell|call|ring|"
        r"whatsapp|sms|rufnummer))",
        word=CALLED,
    ),
    Finder(
        Sort.ADDRESS,
        "an IP address",
        _addresses,
        r"\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f]{0,4}:[0-9A-Fa-f]{0,4}:|::[0-9A-Fa-f]",
    ),
)
