"""No card speaks of a price or a discount: not to the best clients, and nobody else is told by a card either.

| where a price, a percentage, a discount or a sale is named, in any language of the drafts | |
| --- | --- |
| in the title, or in what is to be said | vetoed |
| in a reason, or in why an article is shown | left out |
| in a caution: "asking for a discount" may be what to avoid | stays |

Who asks is told by a person.
"""

import re
import unicodedata

from msgspec.structs import replace

from agents.guard import Guard
from agents.moment import Moment, Proposal
from agents.names import plain

_WORDS = (
    "price prices priced pricing cheap cheaper cheapest affordable bargain bargains discount discounts "
    "discounted sale sales promo promos promotion promotions rebate rebates markdown markdowns voucher "
    "vouchers prix tarif tarifs solde soldes remise remises rabais réduction réductions reduction reductions "
    "prezzo prezzi sconto sconti saldo saldi ribasso ribassi preis preise preises rabatt rabatte "
    "preisnachlass preisnachlässe preisnachlasse schlussverkauf sonderangebot sonderangebote reduziert "
    "günstig günstige günstiger precio precios descuento descuentos rebaja rebajas rebajado rebajada "
    "rebajados rebajadas oferta ofertas ristourne ristournes svendita nachlass ermäßigung ermäßigt "
    "sonderpreis percent prozent"
)
WORDS = frozenset(key for word in _WORDS.split() for key in (word.casefold(), plain(word)))
"""Also as they are written without accents."""
_WORD = re.compile(r"\w+")
_JOINED = re.compile(
    "价格|價格|折扣|打折|优惠|優惠|降价|降價|特价|特價|便宜|価格|値段|割引|値下げ|セール|お買い得|"
    "가격|할인|세일|특가|저렴|円|万元|\\d\\s?元|パーセント|퍼센트|"
    # a wallet in three folds, two watches and a dress are no prices
    "[\\d一二三四五六七八九半]折(?![叠疊钱錢皮包夹夾页頁屏扇伞傘])|\\d\\s?[块塊](?![手腕怀懷表錶蛋巧布])|\\d\\s?만?\\s?원(?![피형석])"
)
_CODES = "eur|usd|gbp|chf|jpy|cny|rmb|krw|aed|sar|qar|hkd|sgd|twd|inr|rub|cad|aud|sek"
_MONEY = re.compile(
    rf"[$£¥₠-₿]\s?\d|\b(?:{_CODES})\s?\d|"
    rf"\d[\d.,'\s]*(?:[$£¥₠-₿]|(?:{_CODES}|euros?|dollars?|francs?|franken|yen|won)\b)|\d\s?%|"
    r"\d\s?(?:per cent|pour cent|per cento|por ciento)\b"
)


def _names(text: str | None) -> bool:
    """Whether a price or a discount is named: by a word, in a script without spaces, or by a number."""
    if text is None:
        return False
    said = text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()
    return (
        not WORDS.isdisjoint(_WORD.findall(said))
        or (not said.isascii() and _JOINED.search(said) is not None)
        or (any(map(str.isdigit, said)) and _MONEY.search(said) is not None)
    )


def _spare(moment: Moment, proposal: Proposal) -> Proposal:
    why = [reason for reason in proposal.why if not _names(reason)]
    shown = [article for article in proposal.recommendations if not _names(article.why)]
    if len(why) == len(proposal.why) and len(shown) == len(proposal.recommendations):
        return proposal
    return replace(proposal, why=why, recommendations=shown)


def _check(moment: Moment, proposal: Proposal) -> str | None:
    told = (proposal.title, proposal.say, *proposal.why, *(a.why for a in proposal.recommendations))
    return "it speaks of a price or a discount" if any(_names(text) for text in told) else None


GUARD = Guard(
    name="price",
    version=3,
    says="No card speaks of a price or a discount, least of all to the best clients.",
    check=_check,
    spare=_spare,
)
