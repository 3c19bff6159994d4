"""Secrets of the environment: read from a variable or a file, shown only when asked."""

from collections.abc import Mapping
from pathlib import Path


class Secret:
    """A value that shows itself only when asked."""

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__


def entries_of(text: str) -> list[str]:
    """What stands in a secret that is a list: parted by commas, or one a line.

    >>> entries_of("a:b, c:d\\n\\ne:f,")
    ['a:b', 'c:d', 'e:f']
    """
    return [entry for part in text.replace("\n", ",").split(",") if (entry := part.strip())]


def secret_in(environ: Mapping[str, str], name: str) -> Secret | None:
    """The secret `name`, or what the file in `name`_FILE holds; None for neither. Raises `ValueError`."""
    if value := environ.get(name):
        return Secret(value)
    if path := environ.get(f"{name}_FILE"):
        try:
            value = Path(path).read_text("utf-8").strip()
        except OSError as error:
            why = f"{error.strerror}: point it at a file that this process may read"
            raise ValueError(f"{name}_FILE: {path} can't be read: {why}") from None
        except UnicodeDecodeError:
            raise ValueError(f"{name}_FILE: {path} is no text: write the secret as text") from None
        if not value:
            raise ValueError(f"{name}_FILE: {path} is empty: write the secret into it")
        return Secret(value)
    return None
