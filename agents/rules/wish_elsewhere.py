"""W1, B2: a client tried in a boutique what is on their wish list, and left without it; their advisor hears.

Asked the day after, when whoever was there has had their turn: one timer a client and boutique, set by what
is tried. Whether it is on the list is looked up then, for the list may lie in another part of the record.
"""

from collections.abc import Iterable
from typing import Any

from agents.articles import in_hand, wished
from agents.channels import refused
from agents.drafts import draft, speaking
from agents.moment import Moment, Proposal
from agents.phrase import Phrase
from agents.phrases import cautions, history, on_day, reasons, sizes
from agents.rule import Rule
from feature_store.feature import short
from feature_store.features.handled import BLAMED, BOUGHT, GIVEN, TRIED, Handled
from schemas.alerts import Recommendation
from schemas.article import Article
from schemas.events.store import StoreItem
from schemas.maison import Person

KIND = "tried"
DAY = 86_400.0
LATER = 20 * 3600.0
RECENT = 4 * DAY
LASTS = 4 * DAY


def _set(record: Any, event: StoreItem, at: float) -> tuple[str, float] | None:
    return (f"{KIND}:{short(event.data.site)}", at + LATER) if event.data.action == "tried" else None


def _propose(moment: Moment) -> Iterable[Proposal]:
    if moment.timer is None or moment.advisor is None:
        return
    hand = in_hand(moment)
    tried = [hand[code] for code in wished(moment) if code in hand and _left(hand[code], moment.now)]
    for one in sorted(tried, key=lambda one: (-one.at, one.code)):
        if (article := moment.house.coded.get(one.code)) is not None:
            yield _tell(moment, article, one, moment.advisor)
            return


def _left(one: Handled, now: float) -> bool:
    """Whether it was tried lately and not taken along."""
    return bool(one.steps & TRIED) and not one.steps & (BOUGHT | GIVEN | BLAMED) and now - one.at < RECENT


def _tell(moment: Moment, article: Article, tried: Handled, advisor: Person) -> Proposal:
    site = moment.maison.site(moment.timer.name.partition(":")[2]) if moment.timer else None
    place = site.name if site else "a boutique"
    facts = ("handled.tried", "glances.wished")
    why = Phrase(f"Tried the {article.name} at {place} {on_day(moment, tried.at)}, left without it", *facts)
    return Proposal(
        action="wish_elsewhere",
        ref=article.sku,
        site=advisor.sites[0] if advisor.sites else None,
        staff=advisor.id,
        purpose="one_to_one",
        also=("profiling",),
        contact=True,
        title=speaking(moment, f"Tried at {place} what is on their wish list", *facts),
        why=reasons([why], history(moment), sizes(moment)),
        say=draft(moment, "wish_elsewhere", "handled.tried"),
        avoid=[
            Phrase("Any word of the wish list: speak of what they tried", "glances.wished"),
            *refused(moment, "one_to_one"),
            *cautions(moment),
        ],
        success="The client has it put aside, comes again, or buys it within three weeks",
        recommendations=[Recommendation(sku=article.sku, why=Phrase("wished for, and tried", *facts))],
        subject=(article.sku,),
        urgency=2,
        valid_to=moment.at + LASTS,
        hold_or_drop="hold",
        value=0.6,
        silence=30 * DAY,
    )


RULE = Rule(
    name="wish_elsewhere", timers=frozenset({KIND}), propose=_propose, clocks={StoreItem: _set}
)  # fmt: skip
