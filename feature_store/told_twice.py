"""Orders that are told of twice: a till reported them by a card and the web shop by an e-mail address, or one
that was changed is told again.

Within a part an order counts once, and comes to what was said of it last. Linked parts were told of it
separately, so a merge takes it back from all of them but one. For that a part keeps what its last orders came
to, and when that was said.
"""

from collections.abc import Iterable, Mapping, Sequence

from schemas.events.store import Line

LAST = 8
"""Orders of a part whose amounts are kept, the last it was told of."""
_TIME = 4
"""Bytes of a time, in Unix seconds."""
_SEVEN = 0x7F
_NONE, _GOES_ON = b"\0", bytes(range(_SEVEN + 1, 256))
"""A zero; and the bytes that end no number."""

Amounts = Mapping[str, int]
"""What an order came to: currency -> minor units."""


def with_order(sums: Mapping[str, bytes], lines: Iterable[Line]) -> dict[str, bytes]:
    """What the last orders came to once another one is told of, by currency.

    Each currency has a number for each order, the newest last, seven bits a byte: one more than the amount,
    or zero where the order was in another currency.

    >>> line = Line(sku="", quantity=1, amount=345_000, currency="EUR")
    >>> came_to(with_order({}, [line]), 1), came_to(with_order({}, [line]), 2)
    ({'EUR': 345000}, None)
    """
    order = _order(lines)
    told = max(map(_count, sums.values()), default=0)
    last = {c: sums.get(c, bytes(told)) + _packed(order.get(c, 0)) for c in {**sums, **order}}
    if told == LAST:
        last = {currency: raw[_first(raw) :] for currency, raw in last.items()}
    return {currency: raw for currency, raw in last.items() if raw.strip(_NONE)}


def with_other(sums: Mapping[str, bytes], nth: int, lines: Iterable[Line]) -> dict[str, bytes]:
    """The same where the `nth` order is another by now, the newest being the first.

    >>> line, other = (Line(sku="", quantity=1, amount=345_000, currency=code) for code in ("EUR", "JPY"))
    >>> came_to(with_other(with_order({}, [line]), 1, [other]), 1)
    {'JPY': 345000}
    """
    order, told = _order(lines), max(map(_count, sums.values()))
    last = {currency: _numbers(sums.get(currency, bytes(told))) for currency in {**sums, **order}}
    for currency, numbers in last.items():
        numbers[-nth] = order.get(currency, 0)
    return {currency: b"".join(map(_packed, numbers)) for currency, numbers in last.items() if any(numbers)}


def with_time(times: bytes, at: int, nth: int = 0) -> bytes:
    """When the last orders were told of, once another one is; or the `nth` once more.

    A record that was written before times were kept has none of its older orders: 0 stands for these.
    """
    times = times.rjust(_TIME * nth, _NONE)
    place = len(times) - _TIME * nth
    return (times[:place] + at.to_bytes(_TIME) + times[place + _TIME :])[-_TIME * LAST :]


def told_at(times: bytes, nth: int) -> int:
    """When the `nth` order was told of, in Unix seconds; -1 where that is not kept.

    >>> times = with_time(with_time(with_time(b"", 7), 8), 9, nth=2)
    >>> [told_at(times, nth) for nth in (1, 2, 3)]
    [8, 9, -1]
    """
    place = len(times) - _TIME * nth
    return int.from_bytes(times[place : place + _TIME]) if place >= 0 else -1


def came_to(sums: Mapping[str, bytes], nth: int) -> dict[str, int] | None:
    """What the `nth` order came to, the newest being the first; None where that is not kept."""
    known = {currency: _numbers(raw) for currency, raw in sums.items()}
    if any(nth > len(numbers) for numbers in known.values()) or not known:
        return None
    return {currency: numbers[-nth] - 1 for currency, numbers in known.items() if numbers[-nth]}


def counted_twice(parts: Sequence[tuple[Sequence[bytes], Mapping[str, bytes], bytes]]) -> list[Amounts]:
    """Of every order that several parts count, the reports that are one too many: the last one stays, and of
    those of one second the dearest.

    A part: the marks of its orders, the newest last, what they came to (`with_order`), and when. A report
    whose amount is not kept stays before any other.
    """
    places: dict[bytes, list[tuple[int, int]]] = {}
    for part, (marks, *_) in enumerate(parts):
        for nth, mark in enumerate(reversed(marks), 1):
            places.setdefault(mark, []).append((part, nth))
    several = [
        [(told_at(parts[n][2], nth), came_to(parts[n][1], nth)) for n, nth in at]
        for at in places.values()
        if len(at) > 1
    ]
    return [report for reports in several for report in _too_many(reports)]


def _too_many(reports: Sequence[tuple[int, Amounts | None]]) -> list[Amounts]:
    known = sorted((at, sorted(report.items())) for at, report in reports if report is not None)
    return [dict(report) for _, report in known[: len(reports) - 1]]


def _order(lines: Iterable[Line]) -> dict[str, int]:
    order: dict[str, int] = {}
    for line in lines:
        order[line.currency] = order.get(line.currency, 1) + line.amount
    return order


def _packed(number: int) -> bytes:
    packed = bytearray()
    while number > _SEVEN:
        packed.append(number & _SEVEN | 0x80)
        number >>= 7
    packed.append(number)
    return bytes(packed)


def _count(raw: bytes) -> int:
    return len(raw.translate(None, _GOES_ON))


def _first(raw: bytes) -> int:
    """The bytes of the first number."""
    return next(at for at, byte in enumerate(raw, 1) if byte <= _SEVEN)


def _numbers(raw: bytes) -> list[int]:
    numbers, number, shift = [], 0, 0
    for byte in raw:
        number |= (byte & _SEVEN) << shift
        shift += 7
        if byte <= _SEVEN:
            numbers.append(number)
            number = shift = 0
    return numbers
