"""A proposal as a card: the alert, whose inbox it goes to, its id, the timers it may set. Pure."""

from base64 import urlsafe_b64encode
from hashlib import blake2b
from typing import Any

from msgspec import UNSET, UnsetType

from agents.choice import ACCEPTANCE
from agents.drafts import language_of
from agents.lapse import grants_of
from agents.moment import Moment, Proposal
from agents.phrase import Phrase, facts_of
from feature_store.store import FOLLOW_UPS, Timer
from schemas.alerts import (
    Addressee,
    Alert,
    Answer,
    ClientRef,
    Grounds,
    Recommendation,
    StatusChange,
)
from schemas.maison import Maison
from schemas.times import iso


def alert_of(
    moment: Moment,
    proposal: Proposal,
    id: str,
    revision: int,
    p: float | None,
) -> Alert:
    """A proposal as it travels; `p`: how likely it is held to be accepted, None where nobody was asked."""
    team = moment.maison.team_of(proposal.site) or moment.maison.team_of(None)
    to = Addressee(staff=proposal.staff) if proposal.staff else Addressee(team=team.id if team else None)
    return Alert(
        id=id,
        revision=revision,
        status="open",
        maison=moment.maison.id,
        site=proposal.site,
        for_=to,
        client=ClientRef(id=moment.part, name=moment.profile("name")),
        action=proposal.action,
        title=str(proposal.title),
        why=[str(reason) for reason in proposal.why],
        avoid=[str(caution) for caution in proposal.avoid],
        say=None if proposal.say is None else str(proposal.say),
        recommendations=[
            Recommendation(sku=article.sku, why=str(article.why)) for article in proposal.recommendations
        ],
        success=proposal.success,
        channel=proposal.channel,
        contact=proposal.contact,
        signatory=proposal.signatory,
        urgency=proposal.urgency,
        valid_from=iso(moment.now),
        valid_to=iso(proposal.valid_to),
        allowed_to=iso(proposal.allowed_to) if proposal.allowed_to is not None else None,
        hold_or_drop=proposal.hold_or_drop,
        confidence=None if p is None else round(p, 4),
        model=None if p is None else moment.maison.models.get(ACCEPTANCE, ACCEPTANCE),
        decision=digest(moment.id),
        event=moment.event.id if moment.event else moment.id,
        at=iso(moment.now),
        due=iso(proposal.due) if proposal.due is not None else None,
        language=language_of(moment) if proposal.say else None,
        meaning=proposal.say.meaning if isinstance(proposal.say, Phrase) else None,
        purposes=[proposal.purpose, *proposal.also],
        grounds=_grounds(moment, proposal),
        grants=sorted({one.grant for one in grants_of(moment, proposal)}),
    )


def _grounds(moment: Moment, proposal: Proposal) -> Grounds:
    return Grounds(
        advisor=moment.advisor.id if moment.advisor else None,
        title=facts_of(proposal.title),
        say=facts_of(proposal.say or Phrase("")),
        why=[facts_of(reason) for reason in proposal.why],
        avoid=[facts_of(caution) for caution in proposal.avoid],
        recommendations=[facts_of(article.why) for article in proposal.recommendations],
    )


def place_of(maison: Maison, site: str | None) -> str:
    """Whose inbox what concerns a site goes to: the site's, or the maison's team where none is known."""
    if site is not None and maison.site(site) is not None:
        return site
    team = maison.team_of(None)
    return team.id if team else "nobody"


def status_change(
    maison: str,
    id: str,
    revision: int,
    status: Any,
    now: float,
    escalated: int = 0,
    answer: Answer | UnsetType = UNSET,
) -> StatusChange:
    """A later revision that changes what became of an alert, or what somebody answered."""
    return StatusChange(
        id=id,
        revision=revision,
        maison=maison,
        status=status,
        escalated=escalated,
        at=iso(now),
        answer=answer,
    )


def follow_ups(maison: str, part: str, id: str) -> list[str]:
    """Members of all the timers that an alert may have set."""
    return [Timer(maison, part, f"{kind}:{id}", 0.0).member for kind in FOLLOW_UPS]


def timer(moment: Moment, name: str, due: float) -> Timer:
    """A timer on the moment's part."""
    return Timer(moment.maison.id, moment.part, name, due)


def digest(*words: str) -> str:
    """A deterministic id: 11 URL-safe characters, 66 bits, for a record holds many and a timer's key one.

    >>> digest("web|1", "lumiere/vendome") == digest("web|1", "lumiere/vendome")
    True
    """
    return urlsafe_b64encode(blake2b("\x1f".join(words).encode(), digest_size=9).digest())[:11].decode()
