"""What a client is worth to a maison among its others: recency, frequency, money and referral, scored 1 to 5;
and the same of what they share.

A client of several parts is scored by what they sum up to, among parts: most clients are one, and a sum of
parts in shards apart could not be counted exactly without asking all of them at each purchase.
"""

from typing import Any

from feature_store.features.referral import brought
from feature_store.features.sharing import amount
from feature_store.record import slice_of
from feature_store.scale import Scale
from feature_store.tally import DAY, bucket, main_currency


def value_of(client: Any, scale: Scale) -> dict[str, Any]:
    """Scores of a merged record, None where there is nothing to score or too few to compare with.

    `clients`: among how many. `currency` and `net`: what the monetary score rests on, in minor units: of
    several currencies that in which they stand highest, so nobody falls who buys more, wherever they do.
    """
    rhythm, referral = slice_of(client, "frequency"), slice_of(client, "referral")
    most = main_currency(client)
    scores = {"referral": scale.score("b", bucket(brought(referral)))} if referral.last else {}
    if not rhythm.orders or most is None:
        return scores
    spent = slice_of(client, "monetary").currencies
    nets = {code: money.bought - money.returned for code, money in spent.items() if money.orders}
    stands = {code: scale.score(f"m:{code}", bucket(net)) for code, net in nets.items()}
    currency = max(stands, key=lambda code: (stands[code] or 0, code == most, code))
    return scores | {
        "recency": scale.score("r", rhythm.last // DAY),
        "frequency": scale.score("c", bucket(rhythm.orders)),
        "monetary": stands[currency],
        "currency": currency,
        "net": nets[currency],
        "clients": scale.clients("r"),
    }


def sharing_scores(client: Any, scale: Scale, sharers: int) -> dict[str, int | None]:
    """How recently, how often and how much a client shared, and how many `sharers` they brought: each from 1
    to 5, None as above. The last stands among all who brought people, by how many these are.
    """
    sharing = slice_of(client, "sharing")
    scores = {"referral": scale.score("b", bucket(sharers))} if sharers else {}
    if not sharing.times:
        return scores
    return scores | {
        "recency": scale.score("d", sharing.last // DAY),
        "frequency": scale.score("e", bucket(sharing.times)),
        "amount": scale.score("a", bucket(amount(sharing))),
    }
