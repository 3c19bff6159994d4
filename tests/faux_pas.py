"""Adversarial moments, and what must not be said at them, told by plain predicates over the card.

A `Life` is drawn with what is true of it; nothing here asks a guard. Proposals are drawn to be as wrong as
a rule could ever be, and the real rules are woken too. What reaches staff is judged by what is true of the
client.
"""

import re
import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from agents.decide import decide
from agents.drafts import WORDS
from agents.moment import Moment, Proposal
from agents.phrase import Phrase
from agents.registry import GUARDS, RULES
from agents.rule import Rule
from feature_store import record as records
from feature_store.features.attention import CODED
from feature_store.store import Timer
from schemas.alerts import Alert, AlertChange, Grounds, Recommendation
from schemas.events.hotel import HotelCheckout
from tests import builders as a

DAY = 86_400.0
CITIES = {
    "Paris": "Europe/Paris", "Kyoto": "Asia/Tokyo", "Manhattan": "America/New_York", "Dubai": "Asia/Dubai",
    "Geneva": "Europe/Zurich", "Sydney": "Australia/Sydney", "Beverly Hills": "America/Los_Angeles",
}  # fmt: skip
ARTICLES = {article.sku: article.name for article in a.LUMIERE.catalogue}
CASES = ("complaint", "repair", "delivery", "dispute", "mourning", "illness")
GRIEF = ("mourning", "illness")
KINDS = ("partner", "child", "assistant", "companion", "friend")
ASKED = ("one_to_one", "profiling", "marketing", "personalisation")
CARE = ("service_recovery", "worried")
WRITES = frozenset({
    "abandoned_cart", "birthday", "lapsing", "after_purchase", "second_purchase", "new_arrival",
    "wish_elsewhere", "gift_season", "event_invitation", "service_recovery", "worried",
})  # fmt: skip
"""Actions that ask somebody to write or to call, whatever their rule says of itself."""
MESSENGERS = ("whatsapp", "messenger", "instagram", "wechat", "weibo", "line", "kakaotalk")
INTIMATE = ("preferences.children", "notes.2", "birth_date", "stay.party", "preferences.health")
DRAFTS: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
"""Language -> each sentence of the drafts in it, and how it reads once its places are filled."""
for _file in sorted(WORDS.glob("*.toml")):
    for _language, _said in tomllib.loads(_file.read_text()).items():
        for _text in _said.values():
            _filled = re.compile(re.sub(r"\\\{\w+\\\}", ".*", re.escape(_text)), re.DOTALL)
            DRAFTS.setdefault(_language, []).append((_text, _filled))


class Life(msgspec.Struct, kw_only=True):
    """What is true of a client, and the record that was made of it. Times in Unix seconds."""

    language: str | None
    zones: list[str]
    home: list[str]
    born: date | None
    open: dict[str, float]
    not_today: float
    worried: float
    gifts: set[str]
    discreet: set[str]
    allowed: set[str]
    client: Any


def a_life(random: Random) -> Life:
    """A client about whom something, or several things at once, would make most cards a faux pas."""
    some = lambda chance: random.random() < chance  # noqa: E731
    who = {"client_id": "c"}
    language = random.choice([None, *DRAFTS])
    cities = random.sample([*CITIES], random.choice([0, 1, 1, 2]))
    born = random.choice([None, date(1970, 5, 1), date(2010, 5, 1) + timedelta(days=random.randrange(900))])
    open_ = {kind: a.NOON - random.uniform(0, 60 * DAY) for kind in CASES if some(0.08)}
    not_today = a.NOON - random.uniform(0, 5 * DAY) if some(0.15) else 0.0
    worried = a.NOON - random.uniform(0, DAY) if some(0.1) else 0.0
    given = {sku for sku in ARTICLES if some(0.04)}
    awaited = {sku for sku in ARTICLES if some(0.04)}
    discreet = {kind for kind in KINDS if some(0.12)}
    allowed = {purpose for purpose in ASKED if some(0.8)}
    fields: dict[str, Any] = {"name": "Aline", "advisor": random.choice(["camille", "haruka"])}
    fields |= {"language": language} if language else {}
    fields |= {"birth_date": born.isoformat()} if born else {}
    if cities and some(0.5):
        fields |= {"timezone": CITIES[cities[0]], "residences": cities[1:]}
    elif cities:
        fields |= {"residences": cities}
    told = [a.profile(a.NOON - 70 * DAY, fields, **who)]
    told += [a.consent(a.NOON - 69 * DAY, p, "all" if p in allowed else "none", **who) for p in ASKED]
    told += [a.case(at, kind, "open", kind, **who) for kind, at in open_.items()]
    told += [a.emotion(not_today, "not today", 1.0, **who)] if not_today else []
    told += [a.emotion(worried, "worry", 1.0, **who)] if worried else []
    told += [a.purchase(a.NOON - 9 * DAY, lines=[a.line(sku)], gift=True, **who) for sku in sorted(given)]
    told += [a.relation(a.NOON - 8 * DAY, kind, discreet=True, **who) for kind in sorted(discreet)]
    told += [a.relation(a.NOON - 7 * DAY, kind, **who) for kind in KINDS if some(0.2)]
    told += [a.view(a.NOON - 3_000, sku=sku, **who) for sku in ARTICLES if some(0.2)]
    told += [a.cart(a.NOON - 2_500, sku=sku, **who) for sku in ARTICLES if some(0.1)]
    if awaited:
        oid = {"oid": a.part_of(**who)[1]}
        told.append(a.event("record.surprise", a.NOON - 6 * DAY, who=oid, skus=sorted(awaited)[:8]))
    here = some(0.1)
    if here:
        told += [a.booking(a.NOON - DAY, **who), a.hotel("checkin", a.NOON - DAY / 2, **who)]
    return Life(
        language=language,
        zones=["Europe/Paris"] if here else [CITIES[city] for city in cities],
        home=[CITIES[city] for city in cities],
        born=born,
        open=open_,
        not_today=not_today,
        worried=worried,
        gifts=given | set(sorted(awaited)[:8]),
        discreet=discreet,
        allowed=allowed,
        client=a.record_of(*sorted(told, key=lambda event: event.time)),
    )


def a_proposal(random: Random, life: Life, now: float) -> Proposal:
    """As wrong as a rule could ever be."""
    action = random.choice(CODED)
    facts = [f"entourage.{random.choice(KINDS)}", "preferences.gifts", "gifts.given", "entourage.discreet"]
    facts += ["facts.visits", "taste.bags", "session.cart", "birth_date", "mood.joy", *INTIMATE]
    sku = random.choice([*ARTICLES, *life.gifts])
    spoken = random.choice([*DRAFTS, life.language or "fr", life.language or "en"])
    text, _ = random.choice(DRAFTS[spoken])

    def sentence() -> Phrase:
        words = random.choice(["Just came in", f"Asked about the {ARTICLES[sku]}", "Comes with somebody"])
        return Phrase(words, random.choice(facts))

    says = random.choice([spoken, None])
    draft = Phrase(
        text, "language", *random.sample([*INTIMATE, "facts.visits", "gifts.given"], 1), language=says
    )
    care = action in CARE
    return Proposal(
        action=action,
        ref=f"ref{random.randrange(4)}",
        site=random.choice(["vendome", "ginza", "riviera", None]),
        staff=random.choice([None, "camille", "haruka", "louis"]),
        purpose=random.choice(["service", "service", *ASKED]),
        also=random.choice([(), (), ("profiling",)]),
        present=random.random() < 0.4,
        contact=action in WRITES or random.random() < 0.3,
        channel=random.choice([None, None, "phone", "email", *MESSENGERS]),
        care=care,
        title=sentence(),
        why=[sentence() for _ in range(random.randrange(1, 4))],
        avoid=[sentence() for _ in range(random.randrange(2))],
        say=random.choice([None, draft, draft, Phrase(text, "language", language=says), text]),
        recommendations=[Recommendation(sku=sku, why=sentence()) for _ in range(random.randrange(2))],
        subject=random.choice([(), (), (sku,)]),
        success="Somebody is glad",
        urgency=3,
        valid_to=now + 2 * DAY,
        hold_or_drop=random.choice(["hold", "drop"]),
        value=random.choice([0.2, 0.5, 1.0]),
    )


class Met(NamedTuple):
    """A moment, the rules that are asked at it, what is true of the client by then, and who just wrote."""

    moment: Moment
    rules: list[Rule]
    life: Life
    wrote: bool


def moments(random: Random, life: Life) -> Iterator[Met]:
    """Two moments of a client: a rule gone wrong, and the real rules after an event or at a timer."""
    now = a.NOON + random.uniform(0, 3 * DAY)
    said = a_proposal(random, life, now)
    wrong = Rule(name="wrong", propose=lambda moment: [said])
    yield Met(a.moment(client=life.client, now=now), [wrong], life, False)
    event = _event(random, now)
    if event is None:
        timer = Timer("lumiere", "part-of-a-client", random.choice(TIMERS), now)
        yield Met(a.moment(client=life.client, now=now, timer=timer), RULES, life, False)
        return
    client = records.decode(records.encode(life.client))
    records.touch(client, event, now, a.HOUSE)
    kind = getattr(event.data, "kind", None)
    lived = life if kind not in CASES else msgspec.structs.replace(life, open=life.open | {kind: now})
    if getattr(event.data, "signal", None) == "worry":
        lived = msgspec.structs.replace(life, worried=now)
    if isinstance(event, HotelCheckout):
        lived = msgspec.structs.replace(life, zones=life.home)
    wrote = getattr(event.data, "direction", None) == "in"
    yield Met(a.moment(event, client=client, now=now), RULES, lived, wrote)


def _event(random: Random, now: float) -> Any:
    """What may happen next to a client; None: a timer is due."""
    who, site = {"client_id": "c"}, random.choice(["vendome", "ginza"])
    text = random.choice(["bonjour", "urgent 😰", "C'est inadmissible 😡", "嬉しい", "丧事"])
    return random.choice([
        a.checkin(now, site, **who), a.chat(now, text=text, channel=random.choice(MESSENGERS), **who),
        a.arrival(now, now + 9_000, **who), a.case(now, random.choice(CASES), "open", "another", **who),
        a.emotion(now, "worry", 0.9, **who), a.purchase(now, **who), a.hotel("checkout", now, **who), None,
    ])  # fmt: skip


TIMERS = sorted({timer for rule in RULES for timer in rule.timers})


def said_at(moment: Moment, rules: list[Rule]) -> list[Alert]:
    """What reaches staff."""
    decision = decide(moment, rules, GUARDS, a.scored(0.9))
    return [change.alert for _, change in decision.changes if isinstance(change, AlertChange)]


def faux_pas(alert: Alert, life: Life, now: float, wrote: bool, writes: bool) -> Iterator[str]:
    """What is wrong with a card about such a client. `writes`: it asks to write or to call them."""
    grounds = alert.grounds
    assert isinstance(grounds, Grounds)
    rests = [grounds.title, *grounds.why, *grounds.avoid, *grounds.recommendations, grounds.say]
    texts = [alert.title, *alert.why, *alert.avoid, alert.say or "", *(r.why for r in alert.recommendations)]
    asks = alert.action != "client_elsewhere"  # a word to their advisor, who is to do nothing
    offers = writes or (asks and set(alert.purposes) != {"service"})
    shown = {one.sku for one in alert.recommendations}
    if alert.say and not any(p.fullmatch(alert.say) for _, p in DRAFTS.get(life.language or "", ())):
        yield "a language that is not theirs"
    wakes = writes and not wrote and alert.channel not in ("mail", "store")
    if wakes and any(map(_night(now), _places(alert, life.zones, now))):
        yield "a message in their night"
    if alert.action not in CARE:
        if life.open and (offers or shown):
            yield "an offer while something is open"
        if (now - life.not_today < DAY or now - life.worried < DAY) and (offers or shown):
            yield "an offer on a day they asked to be left, or were worried"
        if any(kind in life.open for kind in GRIEF) and alert.say:
            yield "a cheerful word to somebody who grieves"
    if life.born and _age(life.born, now) < 18 and offers:
        yield "a minor is contacted or profiled"
    if shown & life.gifts or any(ARTICLES[sku] in text for sku in life.gifts for text in texts):
        yield "a gift is given away"
    if any(fact == f"entourage.{kind}" for kind in life.discreet for facts in rests for fact in facts):
        yield "somebody discreet is named"
    if alert.say and alert.channel in MESSENGERS and not set(INTIMATE).isdisjoint(grounds.say):
        yield "something intimate over a messenger"
    if alert.say and any(fact.startswith(("gifts.", "preferences.gifts")) for fact in grounds.say):
        yield "giving is spoken of"
    if not set(alert.purposes) <= life.allowed | {"service"}:
        yield "what was not allowed"


def _places(alert: Alert, zones: list[str], now: float) -> list[str]:
    """Where it must be day. Whoever lives where it never is at once would never be looked after."""
    at_once = any(not any(map(_night(now + half * 1_800), zones)) for half in range(48))
    if at_once or alert.action not in CARE:
        return zones
    site = a.LUMIERE.site(alert.site or "") or a.LUMIERE.sites[0]
    return [site.timezone]


def _night(now: float) -> Any:
    return lambda zone: not 9 <= datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo(zone)).hour < 21


def _age(born: date, now: float) -> int:
    today = datetime.fromtimestamp(now, UTC).date()
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def judged(lives: int, seed: str) -> tuple[int, int, list[tuple[str, str]]]:
    """Of as many lives: how many moments were drawn, how many cards came out, and every faux pas on them."""
    random = Random(seed)
    drawn = cards = 0
    found: list[tuple[str, str]] = []
    for _ in range(lives):
        life = a_life(random)
        for _ in range(10):
            for met in moments(random, life):
                drawn += 1
                for alert in said_at(met.moment, met.rules):
                    cards += 1
                    writes = alert.action in WRITES
                    wrong = faux_pas(alert, met.life, met.moment.now, met.wrote, writes)
                    found += [(alert.action, reason) for reason in wrong]
    return drawn, cards, found
