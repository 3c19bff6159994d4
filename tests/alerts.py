"""Alerts and maisons for tests, with what a test does not care about filled in."""

import tomllib
from pathlib import Path
from typing import Any

from agents.verdict import REMEMBERED
from feature_store.inbox import Entry
from schemas.alerts import Addressee, Alert, AlertChange, ClientRef
from schemas.maison import Maison, maison_from
from schemas.times import iso, seconds

NOW = 1_795_341_600.0
LUMIERE_FILE = Path(__file__).resolve().parents[1] / "deploy/maisons/lumiere.toml"
_TABLE = tomllib.loads(LUMIERE_FILE.read_text())  # parsed once: it takes ten times as long as to convert it


def lumiere() -> Maison:
    return maison_from(_TABLE, str(LUMIERE_FILE))


def an_alert(
    id: str = "a1", revision: int = 1, now: float = NOW, lasts: float = 3600, **fields: Any
) -> Alert:
    given: dict[str, Any] = {
        "status": "open",
        "maison": "lumiere",
        "site": "vendome",
        "for_": Addressee(team="vendome-team"),
        "client": ClientRef(id="AlineMoreau00001", name="Aline Moreau"),
        "action": "boutique.welcome",
        "title": "Aline Moreau is here",
        "why": ["Fourth visit this year"],
        "urgency": 4,
        "valid_from": iso(now),
        "valid_to": iso(now + lasts),
        "hold_or_drop": "drop",
        "decision": f"d-{id}",
        "event": f"e-{id}",
        "at": iso(now),
    }
    return Alert(id=id, revision=revision, **(given | fields))


def a_change(id: str = "a1", revision: int = 1, **fields: Any) -> AlertChange:
    routing = {name: fields.pop(name) for name in ("assigned", "escalated", "worth") if name in fields}
    fields.setdefault("for_", Addressee())
    return AlertChange(alert=an_alert(id, revision, **fields), **routing)


def an_entry(id: str = "a1", **fields: Any) -> Entry:
    alert = an_alert(id, **fields)
    return Entry(alert=alert, seen=alert.revision, keep_until=seconds(alert.valid_to) + REMEMBERED)
