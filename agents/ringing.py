"""Whose telephone is rung for an alert: what wants somebody now, and whoever is there for it. Pure.

A telephone is for those who are not before a page: what can wait waits for them there.
"""

from collections.abc import Mapping

from agents.alert_life import URGENT
from agents.deliver import on_duty
from agents.verdict import lapsed
from feature_store.inbox import Presence
from schemas.alerts import Alert
from schemas.maison import Maison
from schemas.times import seconds

Presences = Mapping[str, Mapping[str, Presence]]
"""By place, what people said of being there."""


def matters(alert: Alert) -> bool:
    """Whether an alert is of those that ring while nobody has them."""
    return alert.urgency >= URGENT or alert.escalated > 0


def rings(alert: Alert, now: float) -> bool:
    """Whether somebody is wanted for it at `now`, Unix seconds."""
    free = alert.status == "open" and alert.claimed_by is None
    return matters(alert) and free and not lapsed(alert, now) and seconds(alert.valid_to) > now


def sites_for(place: str, maison: Maison) -> list[str]:
    """At which sites whoever is on duty is there for the inbox of `place`: at it, or at any for what is of no
    site."""
    return [place] if maison.site(place) is not None else [site.id for site in maison.sites]


def is_there(
    staff: str, role: str, alert: Alert, place: str, maison: Maison, presences: Presences, now: float
) -> bool:
    """Whether somebody who may see an alert in the inbox of `place` is to be rung for it.

    That is whoever is on duty at one of its `sites_for`, as routing has it: not who is with a client, or has
    not said that they came. What several people share is there while it is signed in. A manager, who sees
    all, is rung for what names them and for what nobody has answered.
    """
    if role == "team":
        return True
    if role == "manager" and not alert.escalated and alert.for_.staff != staff:
        return False
    return any(
        on_duty(staff, maison, site, presences.get(site, {}), now) for site in sites_for(place, maison)
    )
