"""Availability: what is not there, or not in their size, is not shown."""

from random import Random
from typing import Any

from agents.moment import Proposal
from schemas.alerts import Recommendation
from tests import builders as a
from tests.guarding import Case, Slip

STOCKED = a.lumiere(stock={"vendome": {"bag-aurore": 1, "scarf-brise": 0}, "ginza": {}})


def shows(*skus: str, **more: Any) -> dict[str, Any]:
    return {"recommendations": [Recommendation(sku=sku, why=a.REASON) for sku in skus], **more}


def sized(**sizes: Any) -> Any:
    return a.record_of(a.profile(fields={"sizes": sizes}, card="c1"))


CASES = {
    "in stock": Case(moment={"maison": STOCKED}, proposal=shows("bag-aurore"), passes=True),
    "none left": Case(moment={"maison": STOCKED}, proposal=shows("scarf-brise"), passes=False),
    "not kept there": Case(
        moment={"maison": STOCKED}, proposal=shows("bag-aurore", site="ginza"), passes=False
    ),
    "stock of a boutique nobody counts": Case(proposal=shows("scarf-brise"), passes=True),
    "of a hotel nothing is in stock": Case(
        moment={"maison": STOCKED}, proposal=shows("scarf-brise", site="riviera"), passes=True
    ),
    "made in their size": Case(client=sized(ring=52), proposal=shows("ring-solstice"), passes=True),
    "not made in their size": Case(client=sized(ring="47"), proposal=shows("ring-solstice"), passes=False),
    "nobody knows their size": Case(client=sized(shoe=38), proposal=shows("ring-solstice"), passes=True),
    "a size of which a system says nothing": Case(
        client=sized(ring="-"), proposal=shows("ring-solstice"), passes=True
    ),
    "in no catalogue": Case(proposal=shows("unheard-of"), passes=False),
}


def slips(random: Random) -> Slip:
    """What there is none of, or none in their size, among what there is, or alone as the subject."""
    fit = random.choice(["scarf-brise", "ring-solstice", "unheard-of", "shoes-pas"])
    sizes = {"ring": random.choice(["47", 56, "53.5"]), "shoe": random.choice([36, "39", 46.0])}
    client = a.record_of(a.profile(fields={"sizes": sizes}, card="c1"))
    stock = {"vendome": {"bag-aurore": 2, "ring-solstice": 1, "shoes-pas": 1}}
    skus = random.sample([fit, "bag-aurore"], 2) if random.random() < 0.5 else [fit]
    subject = (fit,) if skus == [fit] else ()
    moment = a.moment(client=client, maison=a.lumiere(stock=stock))
    return Slip(moment=moment, proposal=a.proposal(**shows(*skus, subject=subject)), wrong=_offers(fit))


def _offers(sku: str) -> Any:
    def wrong(left: Proposal) -> bool:
        return sku in [article.sku for article in left.recommendations]

    return wrong
