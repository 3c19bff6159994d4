"""Which way of recommending finds what a client buys next, in a house whose tastes it does not know.

A simulated house of 120 articles and 1,500 clients. Each has hidden weights over categories, materials,
colours, occasions and price, and what they buy is drawn by them; collections of different categories are made
to be worn together, which no attribute says. A client looks, tries and buys for a year; of the last purchase
it is asked whether it was among the three recommended just before. Nothing of a client's future is used.

Two rankers learn (River, online logistic regression): of each client in turn they are asked first, then told
what was bought and three articles that were not; what they see are the parts of the score in use. As they
learn, all ways are compared on the later half of the clients alone.

    python -m benchmarks.recommending [--runs N]
"""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from math import exp, sqrt
from random import Random
from statistics import mean, stdev

import msgspec
from river import linear_model, optim

from agents.moment import Moment
from agents.recommend import ranked
from agents.tastes import taste_of
from feature_store import record as records
from feature_store.feature import CATEGORY, House, house_of
from feature_store.features.handled import handled
from feature_store.tally import cells_of, moved
from feature_store.together import Together, together_of
from schemas.article import Article
from schemas.maison import Maison
from tests import builders as a

CATEGORIES = ("bags", "watches", "jewellery", "silk", "shoes", "ready-to-wear")
DAY = 86_400.0
NOW = a.NOON
SHOWN = 3
ARTICLES, CLIENTS = 120, 1_500

Way = Callable[[Moment, Together], list[str]]
"""What is recommended at a moment, the best first."""


def house(random: Random) -> Maison:
    """Collections lie each in one category; those of one number in different categories go together."""
    articles = [
        Article(
            sku=f"a{n:03}",
            name=f"Article {n}",
            category=(category := random.choice(CATEGORIES)),
            collection=f"{category}-{random.randrange(6)}",
            material=random.choice(("calfskin", "gold", "steel", "silk", "cashmere")),
            colour=random.choice(("black", "red", "blue", "camel", "white")),
            occasion=random.choice(("everyday", "evening", "travel")),
            price=int(10 ** random.uniform(4.5, 6.5)),
        )
        for n in range(ARTICLES)
    ]
    return msgspec.structs.replace(a.LUMIERE, catalogue=articles)


class Client:
    """Somebody whose taste nobody is told."""

    def __init__(self, random: Random, maison: Maison) -> None:
        self._random, self._catalogue = random, maison.catalogue
        self._likes: dict[str, float] = {}
        self._purse = random.uniform(4.8, 6.3)
        self._worn = random.randrange(6)

    def _like(self, word: str) -> float:
        if word not in self._likes:
            self._likes[word] = self._random.gauss(0, 1.2)
        return self._likes[word]

    def _utility(self, article: Article) -> float:
        words = (article.category, article.collection, article.material, article.colour, article.occasion)
        liked = 1.3 * self._like(article.category) + 0.5 * sum(self._like(str(word)) for word in words[1:])
        worn = 2.0 * (str(article.collection).endswith(f"-{self._worn}"))
        return liked + worn - 3 * abs(len(str(article.price)) - self._purse - 0.5)

    def choose(self, warm: float) -> Article:
        """One of all, by what it is worth to them."""
        met = self._catalogue
        weights = [exp(min(30.0, self._utility(article) / warm)) for article in met]
        return self._random.choices(met, weights)[0]


def lived(client: Client, random: Random, house: House) -> tuple[object, Article]:
    """The record of a year, and what was bought at its end."""
    record = a.record_of(a.consent(NOW - 400 * DAY, "profiling", card="c"), house=house)
    bought = set()
    for _ in range(random.randint(2, 5)):
        at = NOW - random.uniform(2, 360) * DAY
        for _ in range(random.randint(1, 6)):
            _touch(record, a.view(at - random.random() * 9e4, sku=client.choose(2.5).sku, card="c"), house)
        article = client.choose(1.0)
        tried = a.event("store.item", at - 60, card="c", site="vendome", sku=article.sku, action="tried")
        _touch(record, tried, house)
        if random.random() < 0.7:
            bought.add(article.sku)
            _touch(record, a.purchase(at, lines=[a.line(article.sku, article.price)], card="c"), house)
    for _ in range(random.randint(0, 3)):
        _touch(record, a.view(NOW - random.random() * 3600, sku=client.choose(2.5).sku, card="c"), house)
    while (wanted := client.choose(1.0)).sku in bought:
        pass
    return record, wanted


def _touch(record: object, event: object, house: House) -> None:
    records.touch(record, event, event.time.timestamp(), house)  # type: ignore[attr-defined]


def measured(seed: int) -> dict[str, float]:
    """Way -> how often the article bought next was among the three."""
    random = Random(seed)
    maison = house(random)
    known = house_of(maison, a.PEPPER)
    lives = [lived(Client(random, maison), random, known) for _ in range(CLIENTS)]
    counts: Counter[str] = Counter()
    sold: Counter[str] = Counter()
    for record, _ in lives:
        counts.update(moved("lumiere", (), (c for c in cells_of(record) if c[0] in "uv")))
        codes = handled(records.slice_of(record, "handled"))
        sold.update(known.coded[code].sku for code in codes)
    together = together_of(counts.items()).get("lumiere", Together())
    best = [sku for sku, _ in sold.most_common()]
    hits: Counter[str] = Counter()
    learn = {"SGD 0.05": optim.SGD(0.05), "AdaGrad 0.1": optim.AdaGrad(0.1)}
    rankers = {f"River: learned weights, {name}": Ranker(how, random) for name, how in learn.items()}
    candidates = {**ways(best, random), **{name: ranker.best for name, ranker in rankers.items()}}
    for nth, (record, wanted) in enumerate(lives):
        moment = msgspec.structs.replace(
            a.moment(client=record), maison=maison, house=known, together=Together()
        )
        if 2 * nth >= len(lives):
            for name, way in candidates.items():
                hits[name] += wanted.sku in way(moment, together)[:SHOWN]
        for ranker in rankers.values():
            ranker.learn(moment, together, wanted)
    return {name: hits[name] / (len(lives) / 2) for name in candidates}


class Ranker:
    """Weighs the parts of the score by what clients bought."""

    def __init__(self, how: optim.base.Optimizer, random: Random) -> None:
        self._regression, self._random = linear_model.LogisticRegression(how), random

    def best(self, moment: Moment, together: Together) -> list[str]:
        """All articles, the likeliest to be bought first."""
        seen = self._seen(moment, together)
        odds = {sku: self._regression.predict_proba_one(x)[True] for sku, x in seen.items()}
        return _new(moment, sorted(odds, key=lambda sku: (-odds[sku], sku)))

    def learn(self, moment: Moment, together: Together, wanted: Article) -> None:
        """Told what was bought, and three that were not."""
        seen = self._seen(moment, together)
        others = self._random.sample([sku for sku in seen if sku != wanted.sku], 3)
        for sku in (wanted.sku, *others):
            self._regression.learn_one(seen[sku], sku == wanted.sku)

    def _seen(self, moment: Moment, together: Together) -> dict[str, dict[str, float]]:
        shares = taste_of(moment).shares
        likes: dict[int, float] = {}
        for code in handled(records.slice_of(moment.client, "handled")):
            for other, like in together.beside.get(code, {}).items():
                likes[other] = max(likes.get(other, 0.0), like)
        house, made = moment.house, dict[str, dict[str, float]]()
        for sku, article in house.articles.items():
            words = (CATEGORY + article.category, *house.marks[sku].words)
            made[sku] = {word[0]: shares.get(word, 0.0) for word in words}
            made[sku]["together"] = likes.get(house.marks[sku].code, 0.0)
        return made


def ways(best: list[str], random: Random) -> Mapping[str, Way]:
    """The candidates."""

    def taste(moment: Moment, together: Together) -> list[str]:
        return _new(moment, [article.sku for _, article, _ in ranked(moment)])

    def both(moment: Moment, together: Together) -> list[str]:
        return taste(msgspec.structs.replace(moment, together=together), together)

    def beside(moment: Moment, together: Together) -> list[str]:
        likes: Counter[str] = Counter()
        for code in handled(records.slice_of(moment.client, "handled")):
            for other, like in together.beside.get(code, {}).items():
                likes[moment.house.coded[other].sku] += like  # type: ignore[assignment]
        return _new(moment, [sku for sku, _ in likes.most_common()])

    def category(moment: Moment, together: Together) -> list[str]:
        liked = records.BY_NAME["taste"].values(records.slice_of(moment.client, "taste"), moment.now)
        found = [article.sku for c in liked for article in moment.house.shelves[f"k{c}"][:1]]
        return _new(moment, found)

    return {
        "at random": lambda m, t: random.sample(best, SHOWN),
        "what sells most": lambda m, t: _new(m, best),
        "first of the categories liked (as before)": category,
        "chosen together alone": beside,
        "taste alone": taste,
        "taste and chosen together": both,
    }


def _new(moment: Moment, skus: list[str]) -> list[str]:
    had = handled(records.slice_of(moment.client, "handled"))
    return [sku for sku in skus if moment.house.marks[sku].code not in had]


def main(argv: list[str]) -> Iterator[str]:
    """The table, a line at a time."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=5)
    runs = [measured(seed) for seed in range(parser.parse_args(argv).runs)]
    yield f"hit@{SHOWN} over {len(runs)} houses of {CLIENTS:,} clients, mean and standard error"
    for name in runs[0]:
        hits = [run[name] for run in runs]
        error = stdev(hits) / sqrt(len(hits)) if len(hits) > 1 else 0.0
        yield f"{name:42} {mean(hits):6.3f}  ± {error:.3f}"


if __name__ == "__main__":
    for line in main(sys.argv[1:]):
        sys.stdout.write(line + "\n")
