"""What a person reads: errors that are a sentence, and counts."""


class PlainError(RuntimeError):
    """An error whose text is a sentence for a person: a command ends with it, and without a trace."""


def many(count: int, word: str, words: str = "") -> str:
    """A count and what is counted; `words`: where more than one is not `word` with an s.

    >>> many(1, "row"), many(2_000, "row"), many(0, "try", "tries")
    ('1 row', '2,000 rows', '0 tries')
    """
    return f"{count:,} {word if count == 1 else words or word + 's'}"
