"""What `prevenance check` finds."""

from typing import NamedTuple


class Finding(NamedTuple):
    """The answer to one question: a sentence, and what to do where it is not well."""

    name: str
    ok: bool
    said: str

    def line(self) -> str:
        """
        >>> Finding("redis", False, "does not answer: start it").line()
        'not ok  redis        does not answer: start it'
        """
        return f"{'ok' if self.ok else 'not ok':<7} {self.name:<12} {self.said}"
