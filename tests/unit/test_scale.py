"""Scores: where a client stands among those who did the same within the last year."""

from random import Random

import pytest

from feature_store.features.orders import First
from feature_store.scale import LEAST, PERIODS, Ladder, Scale, counts_of, ladder_of, scales_of
from feature_store.tally import DAY, PERIOD, bucket
from feature_store.value import sharing_scores, value_of
from tests import builders as a

TODAY = int(a.NOON) // DAY
NOW = int(a.NOON) // PERIOD


def test_of_a_hundred_clients_a_fifth_each_scores_one_to_five() -> None:
    ladder = ladder_of(dict.fromkeys(range(100), 1))
    scores = [ladder.score(n) for n in range(100)]
    assert [scores.count(s) for s in (1, 2, 3, 4, 5)] == [20] * 5
    assert scores == sorted(scores, key=lambda s: s or 0)


def test_who_has_what_half_of_all_have_stands_in_the_middle_of_that_half() -> None:
    ladder = ladder_of({1: 50, 2: 30, 9: 20})
    assert [ladder.score(n) for n in (0, 1, 2, 5, 9, 10)] == [1, 2, 4, 5, 5, 5]


def test_who_has_what_nobody_has_stands_between_those_around_and_beside_none() -> None:
    assert ladder_of({1: 4, 3: 17}).score(2) == 1
    assert ladder_of({1: 8, 3: 13}).score(1) == 1
    assert ladder_of({1: 30, 2: 0, 3: -1}) == ladder_of({1: 30})
    assert (Scale().clients("r"), ladder_of({}).clients) == (0, 0)


def test_a_few_clients_have_no_scores() -> None:
    assert ladder_of({1: LEAST - 1}).score(1) is None
    assert ladder_of({1: LEAST}).score(1) == 3
    assert ladder_of({}).score(1) is None


def test_time_passes_by_reading_and_who_bought_over_a_year_ago_is_compared_no_longer() -> None:
    tallies = {f"lumiere|r|{TODAY - n}": 1 for n in range(400)}
    [scale] = scales_of(tallies.items(), a.NOON).values()
    assert 336 <= scale.clients("r") <= 364
    assert scale.score("r", TODAY - 300) == 1
    [later] = scales_of(tallies.items(), a.NOON + 300 * DAY).values()
    assert later.score("r", TODAY - 1) == 5
    assert later.clients("r") < 64


def test_a_year_is_thirteen_periods_the_current_one_included_and_each_counts_whole() -> None:
    tallies = {f"lumiere|m:EUR|{NOW - n}|7": 1 for n in range(PERIODS + 2)}
    [scale] = scales_of(tallies.items(), a.NOON).values()
    assert scale.clients("m:EUR") == PERIODS
    days = {f"lumiere|r|{(NOW - PERIODS + 1) * PERIOD // DAY + n}": 1 for n in (-1, 0)}
    [scale] = scales_of(days.items(), a.NOON).values()
    assert scale.clients("r") == 1


def test_who_is_in_a_segment_is_counted_by_maison_over_all_shards_and_is_on_no_ladder() -> None:
    first = [("lumiere|k|regulars", 3), (f"lumiere|r|{TODAY}", 30), ("orfevre|k|regulars", 9)]
    other = [("lumiere|k|regulars", 4), ("lumiere|k|silent", 1), (f"lumiere|r|{TODAY}", 12)]
    assert counts_of(first + other) == {"lumiere": {"regulars": 7, "silent": 1}, "orfevre": {"regulars": 9}}
    scales = scales_of(first + other, a.NOON)
    assert {m: s.ladders.keys() for m, s in scales.items()} == {"lumiere": {"r"}, "orfevre": set()}
    assert scales["lumiere"].clients("r") == 42


def test_shards_are_added_and_maisons_are_not() -> None:
    told = [("lumiere|r|20770", 30), ("lumiere|r|20770", 12), ("orfevre|r|20770", 99)]
    scales = scales_of(told, a.NOON)
    assert {m: s.clients("r") for m, s in scales.items()} == {"lumiere": 42, "orfevre": 99}


def test_scores_from_buckets_differ_from_exact_ones_by_one_at_an_edge_and_rarely() -> None:
    random = Random(5)
    spent = sorted(int(random.lognormvariate(12, 1.2)) for _ in range(2_000))
    ladder = ladder_of({b: sum(bucket(s) == b for s in spent) for b in {bucket(s) for s in spent}})
    off = [abs((ladder.score(bucket(s)) or 0) - (1 + 5 * n // len(spent))) for n, s in enumerate(spent)]
    assert max(off) == 1
    assert sum(off) / len(off) < 0.05


def test_money_is_ranked_within_its_currency() -> None:
    rich = a.record_of(a.purchase(lines=[a.line(amount=10**6, currency="JPY")], client_id="c1"))
    tallies = {f"lumiere|m:JPY|{NOW}|{bucket(n * 10**6)}": 1 for n in range(1, 31)}
    tallies |= {f"lumiere|m:EUR|{NOW}|{bucket(n)}": 1 for n in range(1, 31)}
    [scale] = scales_of(tallies.items(), a.NOON).values()
    value = value_of(rich, scale)
    assert (value["currency"], value["net"], value["monetary"]) == ("JPY", 10**6, 1)


def test_who_buys_more_never_scores_lower_by_it_in_whatever_currency() -> None:
    """Somebody who travels, and buys small things where they are, is worth what they were at home."""
    ladders = {f"m:{c}": ladder_of({bucket(n * 10**5): 1 for n in range(1, 31)}) for c in ("EUR", "JPY")}
    ladders["m:USD"] = Ladder()
    bought = [("EUR", 28 * 10**5)] + [("JPY", 3 * 10**5)] * 3 + [("USD", 10**9)] * 5
    clients = [
        a.record_of(*(a.purchase(lines=[a.line(amount=n, currency=c)]) for c, n in bought[: many + 1]))
        for many in range(len(bought))
    ]
    values = [value_of(client, Scale(ladders)) for client in clients]
    assert {(one["monetary"], one["currency"], one["net"]) for one in values} == {(5, "EUR", 28 * 10**5)}
    alike = a.record_of(*(a.purchase(lines=[a.line(currency=c)]) for c in ("EUR", "JPY", "JPY")))
    assert value_of(alike, Scale({}))["currency"] == "JPY", "where none is scored, that of most orders"


def test_each_measure_is_read_off_its_own_ladder() -> None:
    today = int(a.NOON // DAY)
    client = a.record_of(
        a.purchase(lines=[a.line(amount=9)], client_id="c1"),
        a.returned(lines=[a.line(amount=4)], client_id="c1"),
        a.referral(referred={"client_id": "f1"}, client_id="c1"),
    )

    def ladder(step: int, score: int) -> Ladder:
        """A hundred others, of whom so many stand below that step that it has this score."""
        return ladder_of({step - 1: 20 * (score - 1) + 10, step + 1: 110 - 20 * score})

    ladders = {"r": ladder_of({today: 100}), "c": ladder(1, 5), "m:EUR": ladder(5, 2), "b": ladder(1, 4)}
    assert value_of(client, Scale(ladders)) == {
        "recency": 3, "frequency": 5, "monetary": 2, "referral": 4,
        "currency": "EUR", "net": 5, "clients": 100,
    }  # fmt: skip


def test_what_is_shared_has_the_same_four_measures() -> None:
    tallies = {f"lumiere|{kind}|{NOW}|{n}": 2 for kind in "eab" for n in range(1, 16)}
    tallies |= {f"lumiere|d|{TODAY - n}": 1 for n in range(30)}
    [scale] = scales_of(tallies.items(), a.NOON).values()
    shares = a.record_of(a.consent(purpose="marketing", client_id="c1"), a.consent(client_id="c1"))
    scores = sharing_scores(shares, scale, 8)
    assert scores == {"recency": 5, "frequency": 1, "amount": 1, "referral": 3}
    assert sharing_scores(shares, scale, 15)["referral"] == 5
    assert "referral" not in sharing_scores(shares, scale, 0)
    assert sharing_scores(a.record_of(), scale, 2) == {"referral": 1}


def test_it_is_whole_days_on_which_clients_last_bought_or_shared() -> None:
    same_day = ladder_of({int(a.NOON // DAY): 100})
    client = a.record_of(a.purchase(client_id="c1"), a.consent(client_id="c1"))
    assert value_of(client, Scale({"r": same_day}))["recency"] == 3
    assert sharing_scores(client, Scale({"d": same_day}), 0)["recency"] == 3


@pytest.mark.parametrize("client", [a.record_of(), a.record_of(a.view(client_id="c1"))])
def test_who_has_bought_nothing_is_not_ranked(client: object) -> None:
    [scale] = scales_of([("lumiere|r|20770", 30)], a.NOON).values()
    assert value_of(client, scale) == {}


def test_the_gap_between_two_orders_of_a_house_is_the_mean_over_all_gaps() -> None:
    regular = {f"lumiere|c:1|{NOW}|{NOW - 6}|{bucket(4)}": 10, f"lumiere|c:1|{NOW}|{NOW}|{bucket(1)}": 500}
    [scale] = scales_of(regular.items(), a.NOON).values()
    assert scale.gap == pytest.approx(6 * 28 / 3)
    [few] = scales_of({f"lumiere|c:1|{NOW}|{NOW - 6}|{bucket(4)}": 2}.items(), a.NOON).values()
    assert few.gap is None
    at_once = {f"lumiere|c:1|{NOW}|{NOW}|{bucket(3)}": 9, f"lumiere|c:1|{NOW}|{NOW}|{bucket(2)}": 2}
    [enough] = scales_of(at_once.items(), a.NOON).values()
    assert enough.gap == pytest.approx(11 * 28 / 3 / LEAST), "within one period they lie a third of it apart"


def test_a_client_is_held_for_like_those_who_began_alike_and_these_are_drawn_to_the_house() -> None:
    """Ten gaps of 56 days of who began with one article, thirty of 28 of who began with three or more."""
    told = {f"lumiere|c:1|{NOW}|{NOW - 2}|{bucket(2)}": 10, f"lumiere|c:3|{NOW}|{NOW - 1}|{bucket(2)}": 30}
    [scale] = scales_of(told.items(), a.NOON).values()
    assert scale.gap == (10 * 56 + 30 * 28) / 40 == 35
    assert scale.gap_of(First(1, articles=1)) == (20 * 35 + 10 * 56) / 30 == 42
    assert scale.gap_of(First(1, articles=7)) == (20 * 35 + 30 * 28) / 50
    assert scale.gap_of(First(1, articles=2)) == scale.gap_of(None) == 35
    assert scale.clients("c") == 40
