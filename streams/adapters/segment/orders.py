"""The lines of an order: prices in major units, as shops write them, to whole minor units per line."""

from typing import Any

from streams.inbound import Refused
from streams.money import decimal_of, minor_units, shares

UNNAMED = "unspecified"
"""The article of an order that names none."""
MOST = 2**53
"""Minor units of a line: further on, JSON has no whole numbers."""
TOTALS = ("total", "revenue", "value")


def lines_of(properties: dict[str, Any], currency: str | None) -> list[dict[str, Any]]:
    """Lines of Order Completed or Order Refunded: price times quantity, in the currency's minor units.

    Lines without a price share what the order's `total` (or `revenue`, `value`) leaves, by quantity. Tax,
    shipping and discounts of the whole order are not spread over priced lines. Raises `Refused`.
    """
    code = properties.get("currency") or currency
    if not isinstance(code, str):
        raise Refused(400, "properties.currency", "is required: ISO 4217")
    code = code.upper()
    products = properties.get("products") or [{}]
    if not isinstance(products, list):
        raise Refused(400, "properties.products", "is an array")
    lines = [_line(product, index, code) for index, product in enumerate(products)]
    priceless = [line for line in lines if line["amount"] is None]
    if priceless:
        if any(line["currency"] != code for line in lines):
            where = f"properties.products[{lines.index(priceless[0])}].price"
            raise Refused(400, where, "is required where a line of the order has a currency of its own")
        left = _total(properties, code) - sum(line["amount"] or 0 for line in lines)
        if left < 0:
            raise Refused(400, "properties.total", "is less than its priced lines")
        for line, amount in zip(priceless, shares(left, [p["quantity"] for p in priceless]), strict=True):
            line["amount"] = amount
    return lines


def called_off(properties: dict[str, Any], currency: str | None) -> list[dict[str, Any]]:
    """Lines of Order Cancelled: what does not come, of no money. What was paid back, if anything, shops
    tell by Order Refunded beside it: it would be taken off twice. Raises `Refused`.
    """
    products = properties.get("products")
    if isinstance(products, list):
        bare = {"price": None, "currency": None}
        products = [{**one, **bare} if isinstance(one, dict) else one for one in products]
    return lines_of({**properties, "products": products, "total": 0}, currency)


def tells_amounts(properties: dict[str, Any]) -> bool:
    """Whether an order says what it comes to: one that was only sent on its way, say, does not."""
    return any(properties.get(field) not in (None, []) for field in ("products", *TOTALS))


def _line(product: Any, index: int, currency: str) -> dict[str, Any]:
    where = f"properties.products[{index}]"
    if not isinstance(product, dict):
        raise Refused(400, where, "is an object")
    stated = product.get("quantity")
    quantity = decimal_of(1 if stated is None else stated)
    if quantity is None or quantity < 1 or quantity != int(quantity):
        raise Refused(400, f"{where}.quantity", "is a whole number, 1 or more")
    price = product.get("price")
    each = decimal_of(price)
    if price is not None and each is None:
        raise Refused(400, f"{where}.price", "is a number in major units")
    own = product.get("currency") or currency
    if not isinstance(own, str):
        raise Refused(400, f"{where}.currency", "is a text: ISO 4217")
    own = own.upper()
    amount = None if each is None else minor_units(each * quantity, own)
    if amount is not None and amount > MOST:
        raise Refused(400, f"{where}.price", f"is too much: at most {MOST} minor units a line")
    line = {"sku": _sku(product), "quantity": int(quantity), "amount": amount, "currency": own}
    category = product.get("category")
    return {**line, "category": category} if isinstance(category, str) and category else line


def _sku(product: dict[str, Any]) -> str:
    for field in ("sku", "product_id", "productId"):
        if isinstance(value := product.get(field), str | int) and value:
            return str(value)
    return UNNAMED


def _total(properties: dict[str, Any], currency: str) -> int:
    for field in TOTALS:
        if (total := decimal_of(properties.get(field))) is not None:
            return minor_units(total, currency)
    if stated := next((field for field in TOTALS if properties.get(field) is not None), None):
        raise Refused(400, f"properties.{stated}", "is a number in major units: 1299.00")
    raise Refused(400, "properties.total", "is required where a product has no price")
