"""Amounts as shops write them (major units, `19.99`) to integer minor units, exactly."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

_DIGITS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI"), 0),
    **dict.fromkeys(("VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
"""ISO 4217: decimal digits of the currencies that do not have two."""


def decimal_of(value: object) -> Decimal | None:
    """The number as it was written, or None when it is none. JSON floats keep their shortest spelling.

    >>> decimal_of(0.1), decimal_of("1299.00"), decimal_of(True), decimal_of("1,299")
    (Decimal('0.1'), Decimal('1299.00'), None, None)
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < 10**15 else None


def minor_units(amount: Decimal, currency: str) -> int:
    """An amount in major units as minor units; what is finer than the currency knows is rounded half up.

    >>> minor_units(Decimal("19.99"), "EUR"), minor_units(Decimal(3300), "JPY")
    (1999, 3300)
    >>> minor_units(Decimal("1.5"), "KWD")
    1500
    """
    return int(amount.scaleb(_DIGITS.get(currency, 2)).to_integral_value(ROUND_HALF_UP))


def shares(total: int, weights: list[int]) -> list[int]:
    """`total` divided by weight into whole parts whose sum is `total`; the first ones get what is left over.

    >>> shares(100, [1, 1, 1])
    [34, 33, 33]
    """
    parts = [total * weight // sum(weights) for weight in weights]
    for i in range(total - sum(parts)):
        parts[i] += 1
    return parts
