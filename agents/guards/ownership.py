"""What the client has, gave away, brought back or complained about is not proposed to them again.

| the article was | shown again |
| --- | --- |
| bought for themselves | not within `own_days`, unless it lies in the cart, or was wished for, since |
| brought back, or put back after it was tried | not within `refused_days`, unless they wish for it |
| bought for somebody else | never: it is somebody's gift |
| complained about | never |
"""

from agents.articles import Against, by_article, in_hand, wished
from agents.guard import Guard, Threshold
from agents.moment import Moment
from feature_store.feature import code_of
from feature_store.features.handled import BLAMED, BOUGHT, DECLINED, GIVEN
from feature_store.features.session import settled_at
from feature_store.record import slice_of

DAY = 86_400.0
OWN = Threshold(
    guard="ownership", name="own_days", default=730, least=90, most=3650,
    says="days within which what was bought is not shown again",
)  # fmt: skip
REFUSED = Threshold(
    guard="ownership", name="refused_days", default=180, least=30, most=730,
    says="days within which what was brought back, or put back, is not",
)  # fmt: skip


def _against(moment: Moment) -> Against:
    session = slice_of(moment.client, "session")
    known, wishes = in_hand(moment), wished(moment)
    now = moment.now
    own, refused = OWN.of(moment.maison) * DAY, REFUSED.of(moment.maison) * DAY

    def against(sku: str) -> str | None:
        code = code_of(sku)
        steps, at = (known[code].steps, known[code].at) if code in known else (0, 0.0)
        if steps & BLAMED:
            return "was complained about"
        if steps & GIVEN:
            return "was bought for somebody else"
        settled = settled_at(session, sku)
        if sku in session.cart or (code in wishes and (wishes[code] > at or not steps & BOUGHT)):
            return None
        if steps & DECLINED and now - at < refused:
            return "was brought back, or put back"
        bought = max(settled or 0.0, at if steps & BOUGHT else 0.0)
        return "was bought, or brought back" if bought and now - bought < own else None

    return against


_spare, _check = by_article(_against)
GUARD = Guard(
    name="ownership",
    version=1,
    says="Nobody is shown what they have, what they brought back, or what they gave to somebody else.",
    check=_check,
    spare=_spare,
    thresholds=(OWN, REFUSED),
)
