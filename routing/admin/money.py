"""Dollars as the admin shows them."""

from decimal import Decimal


def dollars(amount: Decimal | float | None) -> str:
    """$1,234.50; small ones with what they need: $0.0042; "not priced" for None."""
    if amount is None:
        return "not priced"
    value = Decimal(str(amount)) if isinstance(amount, float) else amount
    sign, size = ("−" if value < 0 else ""), abs(value)
    if size == 0:
        return "$0"
    if size >= 1:
        return f"{sign}${size:,.2f}"
    if size < Decimal("0.0000005"):
        return f"{sign}<$0.000001"
    digits = 4 if size >= Decimal("0.01") else 6
    return f"{sign}${size:.{digits}f}".rstrip("0").rstrip(".")
