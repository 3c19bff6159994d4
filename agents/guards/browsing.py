"""What a client looked at online is never flaunted, and without their consent it is not used at all.

| what rests on pages looked at, searches, the cart, the wish list or a taste worked out of them | |
| --- | --- |
| what is to be said to the client | vetoed, whatever they allow |
| words that tell it, though no fact is named: "you were looking at", "your cart" | vetoed |
| a reason, or why an article is shown, without consent for profiling | left out |
| a title, without consent for profiling | vetoed |
| a reason for staff, with consent | stays: it is not to be said |
"""

import re

from msgspec.structs import replace

from agents.guard import Guard
from agents.moment import Moment, Proposal
from agents.phrase import facts_of

SEEN = ("session.", "taste.", "leanings.", "glances.", "facts.views")
_TOLD = (
    r"your (?:cart|basket|wish ?list|searches|browsing|recent views?)|you (?:looked at|viewed|browsed|"
    r"clicked|searched|have been looking|were looking)|votre (?:panier|liste d.envies|navigation)|"
    r"vous avez (?:consulté|regardé|cherché|cliqué)|(?:suo|tuo) carrello|sua lista|"
    r"ha (?:guardato|visto|cercato) (?:online|sul)|warenkorb|wunschliste|angesehen haben|gesucht haben|"
    r"su (?:carrito|lista de deseos)|ha (?:mirado|visto|buscado) (?:en|la)|购物车|購物車|心愿单|心願單|"
    r"您(?:浏览|瀏覽|看过|看過|搜索|搜尋)|カート|閲覧|ご覧になった|検索され|장바구니|위시리스트|"
    r"보신 (?:상품|제품)|검색하신"
)
TOLD = re.compile(_TOLD, re.IGNORECASE)


def _rests(text: str) -> bool:
    return any(fact.startswith(SEEN) for fact in facts_of(text))


def _spare(moment: Moment, proposal: Proposal) -> Proposal:
    if moment.allows("profiling"):
        return proposal
    why = [reason for reason in proposal.why if not _rests(reason)]
    shown = [article for article in proposal.recommendations if not _rests(article.why)]
    return replace(proposal, why=why, recommendations=shown)


def _check(moment: Moment, proposal: Proposal) -> str | None:
    say = proposal.say
    if say is not None and (_rests(say) or TOLD.search(say)):
        return "what is to be said tells that the house saw them browse"
    used = (proposal.title, *proposal.why, *(article.why for article in proposal.recommendations))
    if not moment.allows("profiling") and any(_rests(text) for text in used):
        return "it rests on what was looked at online, and no consent to that"
    return None


GUARD = Guard(
    name="browsing",
    version=1,
    says="Nobody is told that the house saw what they looked at, and without consent it is not used.",
    check=_check,
    spare=_spare,
)
