"""Days that come back every year."""

from datetime import date


def anniversary(day: date, year: int) -> date:
    """That day in a year; of 29 February, the 28th where there is none.

    >>> anniversary(date(2000, 2, 29), 2026), anniversary(date(2000, 2, 29), 2028)
    (datetime.date(2026, 2, 28), datetime.date(2028, 2, 29))
    """
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def coming(day: date, today: date) -> date:
    """The next anniversary, today's included; never the day itself.

    >>> coming(date(2025, 12, 24), date(2026, 12, 24)), coming(date(2026, 5, 1), date(2026, 5, 1))
    (datetime.date(2026, 12, 24), datetime.date(2027, 5, 1))
    """
    year = max(today.year, day.year + 1)
    this = anniversary(day, year)
    return this if this >= today else anniversary(day, year + 1)
