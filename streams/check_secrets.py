"""Are the secrets secret? Set, long enough, nobody's example, each its own, in files of one reader."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from schemas.wording import many
from streams.finding import Finding
from streams.hooks import hooks_from
from streams.push_settings import push_in
from streams.secret import Secret, entries_of
from streams.settings import EMBEDDED, LONGEST_PEPPER, Settings, SettingsError
from streams.write_keys import write_keys_from

SHORTEST_PEPPER = 16
"""Bytes of the pepper: a shorter one can be guessed."""
JWT_SECRET = 32
"""Bytes of the secret that signs tokens, as RFC 7518 asks for HS256."""
WRITE_KEY = 16
"""Characters of a write key."""
EXAMPLES = ("any secret, the same for all", "changeme", "change-me", "example", "password", "secret", "demo")
"""What stands in documentation, and what people write for the time being: alone, or again and again."""
OTHERS, INTO = 0o004, 0o001
"""The bits by which everybody on a host may read a file, and what is in a folder."""
MOUNTED = "/run/secrets"

Wrong = Callable[[str], str | None]


def secrets(settings: Settings, environ: Mapping[str, str]) -> Iterator[Finding]:
    """A finding for each secret that processes share."""
    known: dict[str, str] = {}
    asked: list[tuple[str, Secret | None, Wrong]] = [
        ("pepper", settings.pepper, _pepper),
        ("jwt_secret", settings.jwt_secret, _jwt_secret),
        ("write_keys", settings.write_keys, _write_keys),
    ]
    if settings.master_key is not None:  # else the pepper stands for it
        asked.insert(1, ("master_key", settings.master_key, _master_key))
    if settings.webhooks is not None:
        asked.append(("webhooks", settings.webhooks, _webhooks))
    if settings.push_key is not None or settings.push_contact:
        asked.append(("push_key", settings.push_key, lambda _: _push_key(settings)))
    for name, secret, wrong in asked:
        variable = f"PREVENANCE_{name.upper()}"
        if secret is None:
            unset = f"set {variable}, or {variable}_FILE to a file that holds it"
            embedded = settings.kafka == EMBEDDED
            yield Finding(name, embedded, "not set: the demo has its own" if embedded else unset)
            continue
        value = secret.reveal()
        path = None if environ.get(variable) else environ.get(f"{variable}_FILE")  # as it is read
        why = wrong(value) or _example(value) or read_by_all(path)
        if why is None and (twin := known.setdefault(value, variable)) != variable:
            why = f"is the same as {twin}: whoever has one has both; draw another, `openssl rand -base64 32`"
        yield Finding(name, why is None, f"{variable} {why}" if why else "set")


def _example(value: str) -> str | None:
    plain = value.strip().lower()
    if plain.strip(".x* ") and not any(plain.replace(word, "") == "" for word in EXAMPLES):
        return None
    return "is an example that everybody knows: draw one, `openssl rand -base64 32`"


def read_by_all(path: str | None) -> str | None:
    """Who else may read a file, as the end of a sentence; what is mounted for a container has no others."""
    if not path or Path(path).is_relative_to(MOUNTED):
        return None
    file = Path(path).resolve()
    if not file.stat().st_mode & OTHERS or not all(p.stat().st_mode & INTO for p in file.parents):
        return None
    return f"stands in {path}, which everybody on this host may read: `chmod o-r {path}` (defaultMode: 0440)"


def _push_key(settings: Settings) -> str | None:
    try:
        push_in(settings)
    except SettingsError as error:
        return f"rings nobody: {str(error).removeprefix('PREVENANCE_PUSH_KEY ')}"
    return None


def _pepper(value: str) -> str | None:
    if len(value.encode()) >= SHORTEST_PEPPER:
        return None
    sizes = f"{SHORTEST_PEPPER} to {LONGEST_PEPPER} bytes"
    return f"must have {sizes}, set before the first event and never changed: it names every record"


def _master_key(value: str) -> str | None:
    if len(value.encode()) >= SHORTEST_PEPPER:
        return None
    return f"must have {SHORTEST_PEPPER} bytes at least and never change: it opens what clients have said"


def _jwt_secret(value: str) -> str | None:
    if len(value.encode()) >= JWT_SECRET:
        return None
    return f"is too short: {JWT_SECRET} bytes at least, for instance from `openssl rand -base64 32`"


def _write_keys(value: str) -> str | None:
    try:
        write_keys_from(value)
    except ValueError as error:
        return f"can't be read: {str(error).removeprefix('PREVENANCE_WRITE_KEYS, ')}"
    entries = entries_of(value)
    if not entries:
        return "holds no key: write maison:key[:scope]"
    keys = [entry.split(":")[1] for entry in entries]
    if wrong := next((why for key in keys if (why := _example(key))), None):
        return f"has a key that {wrong}"
    short = sum(len(key) < WRITE_KEY for key in keys)
    fewer = f"has {many(short, 'key')} of fewer than {WRITE_KEY} characters: make them longer"
    return fewer if short else None


def _webhooks(value: str) -> str | None:
    try:
        hooks = hooks_from(value)
    except ValueError as error:
        return f"can't be read: {str(error).removeprefix('PREVENANCE_WEBHOOKS, ')}"
    if not hooks:
        return "holds no account: write maison:channel:account:secret[:other]"
    if wrong := next((why for hook in hooks if (why := _example(hook.secret.decode()))), None):
        return f"has a secret that {wrong}"
    short = sum(len(hook.secret) < WRITE_KEY for hook in hooks)
    return f"has {short} secrets of fewer than {WRITE_KEY} characters: make them longer" if short else None
