"""No card speaks of a price or a discount: not to the best clients, and nobody else is told by a card either.

| where a price, a percentage, a discount or a sale is named, in any language of the drafts | |
| --- | --- |
| in the title, or in what is to be said | vetoed |
| in a reason, or in why an article is shown | left out |
| in a caution: "asking for a discount" may be what to avoid | stays |
| in what the guest asked for with the booking: an allergy may stand beside what breakfast costs | stays |
| a Grand Prix, salt in Italian, keys handed over, "100 % silk": a word of that sound, and no price | stays |

Who asks is told by a person.
"""

import re
import unicodedata

from msgspec.structs import replace

from agents.guard import Guard
from agents.moment import Moment, Proposal
from agents.phrase import facts_of
from feature_store.feature import plain

ASKED = "requests.asked"
"""The fact that words of a guest's own rest on."""
_WORDS = (
    "price prices priced pricing pricey overpriced cheap cheaper cheapest affordable inexpensive expensive "
    "costly bargain bargains discount discounts discounted sales promo promos promotion promotions rebate "
    "rebates markdown markdowns voucher vouchers cashback tarif tarifs solde soldes soldé soldée soldés "
    "soldées rabais réduction réductions reduction reductions promotionnel promotionnelle bradé bradée "
    "prezzo prezzi sconto sconti scontati saldo saldi ribasso ribassi ribassato promozione promozioni "
    "svendita preis preise preises rabatt rabatte rabattaktion preisnachlass preisnachlässe preisnachlasse "
    "preisvorteil preisreduktion preiswert preiswerte preiswerter schlussverkauf winterschlussverkauf "
    "sommerschlussverkauf ausverkauf sonderangebot sonderangebote sonderpreis sonderpreise reduziert "
    "reduzierte reduzierter reduzierten günstig günstige günstiger günstigen günstigere günstigste "
    "günstigsten vergünstigt billig billige billiger billigere billigste schnäppchen gutschein gutscheine "
    "nachlass ermäßigung ermäßigt ermäßigte precio precios descuento descuentos rebaja rebajas rebajado "
    "rebajada rebajados rebajadas oferta ofertas barato barata baratos baratas promoción promociones "
    "ristourne ristournes percent prozent"
)
WORDS = frozenset(key for word in _WORDS.split() for key in (word.casefold(), plain(word)))
"""Also as they are written without accents."""
_WORD = re.compile(r"\w+")
_OFTEN = (
    "sale prix remise remises coupon coupons cher chère chers chères chere cheres caro cara cari care caros "
    "caras economico economica economici económico económica económicos económicas teuer teurer mercato "
    "offer offers offre offres offerta offerte angebot half bon bons buono buoni cost costs coûte coute "
    "costa cuesta kostet euro euros franc francs franken franchi dollar dollars dólares pounds livres"
)
_DOUBTFUL = frozenset(_OFTEN.split())
"""Words that name a price among some others, and something else among most: a race, salt in Italian."""
_AMONG = re.compile(
    r"\b(?:(?<!senza )(?<!poco )(?<!di )(?<!il )(?<!del )sale(?! (?:riservat|privat))|"
    r"(?<!grand )(?<!grands )prix(?! de (?:diane|l[’']arc|lausanne)| goncourt)|"
    r"remises?(?! en | à (?:neuf|taille)| des (?:cl|dipl))|coupons?(?! d[e’'])|"
    r"(?:moins|trop|pas) ch[eè]re?s?|(?:meno|troppo) car[oaie]|(?:menos|demasiado) car[oa]s?|"
    r"(?:più|meno|más|menos) econ[oó]mic[oaie]s?|(?:zu|weniger|nicht) teuer|teurer als|buon mercato|"
    r"special offers?|on offer|offres? spéciales?|in offerta|offert[ae] special[ei]|im angebot|half off|"
    r"bons? d[’']achat|buon[oi] (?:sconto|acquisto)|(?:costs?|co[uû]te|costa|cuesta|kostet) \d+|"
    r"\w*(?:hundred|thousand|cents?|mille|hundert|tausend|cento|mila|\bmil|cien|cientos) "
    r"(?:euros?|francs?|franken|franchi|dollars?|pounds|dólares|livres))\b"
)
_NUMBER = r"[\d〇一二三四五六七八九十百千万萬億亿백천만억]\s?"
_JOINED = re.compile(
    "价格|價格|折扣|打折|优惠|優惠|[降特减減廉售原半底][价價]|便宜|[太昂][贵貴]|代金券|清[仓倉]|"
    "価格|値段|割引|値[引下]|半額|格安|割安|お安く|(?<!不)安い|クーポン|バーゲン|お買い得|"
    # a sailor, Sancerre, a part that is played, a wish, what is round or rare or a holiday are no prices
    "(?<!サン)セール(?!ス)|パーセント|"
    "가격|(?<!역)할인|세일(?!러)|특가|저렴|쿠폰|반값|반액|비싸|비싼|퍼센트|"
    f"{_NUMBER}(?:円(?![形卓満])|ユーロ(?!スター)|ドル|유로|달러|원(?![가-힣])|원(?=[이을은에의도대짜입으]))|"
    "(?:\\d\\s?|[百千万萬])元(?![素旦宵気])|[美日欧歐港]元(?![素旦宵気])|英[镑鎊]|港[币幣]|台[币幣]|人民[币幣]|"
    # a wallet in three folds, two watches and a dress are no prices
    "[\\d一二三四五六七八九半]折(?![叠疊钱錢皮包夹夾页頁屏扇伞傘])|\\d\\s?[块塊](?![手腕怀懷表錶蛋巧布])"
)
_CODES = (
    "eur|usd|gbp|chf|jpy|cny|rmb|krw|aed|sar|qar|hkd|sgd|twd|inr|rub|cad|aud|sek|nok|dkk|pln|czk|huf|"
    "thb|brl|mxn|kwd|zar"
)
_MONEY = re.compile(
    rf"[$£¥₠-₿]\s?\d|\b(?:{_CODES})\s?\d|"
    rf"\d[\d.,'\s]*(?:[$£¥₠-₿]|(?:{_CODES}|euros?|dollars?|francs?|franken|franchi|yen|won|zł|kč|dirhams?|baht|"
    r"rubel|roubles?|pesos?|rupees?|k€)\b)|\d{3}[.,][-–—](?!\s?\d)|"
    r"\d\s?(?:per cent|pour cent|per cento|por ciento)\b|"
    r"(?<!\b100)(?<!\b100 )(?<=\d)\s?%"  # which is what something is made of
)


def _names(text: str | None) -> bool:
    """Whether a price or a discount is named: by a word, in a script without spaces, or by a number."""
    if text is None:
        return False
    said = text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()
    words = _WORD.findall(said)
    return (
        not WORDS.isdisjoint(words)
        or (not _DOUBTFUL.isdisjoint(words) and _AMONG.search(said) is not None)
        or (not said.isascii() and _JOINED.search(said) is not None)
        or (any(map(str.isdigit, said)) and _MONEY.search(said) is not None)
    )


def _tells(reason: str) -> bool:
    """Whether a reason names a price, in other words than a guest's own to whoever prepares their stay."""
    return _names(reason) and ASKED not in facts_of(reason)


def _spare(moment: Moment, proposal: Proposal) -> Proposal:
    why = [reason for reason in proposal.why if not _tells(reason)]
    shown = [article for article in proposal.recommendations if not _names(article.why)]
    if len(why) == len(proposal.why) and len(shown) == len(proposal.recommendations):
        return proposal
    return replace(proposal, why=why, recommendations=shown)


def _check(moment: Moment, proposal: Proposal) -> str | None:
    told = (proposal.title, proposal.say, *(a.why for a in proposal.recommendations))
    speaks = any(map(_tells, proposal.why)) or any(_names(text) for text in told)
    return "it speaks of a price or a discount" if speaks else None


GUARD = Guard(
    name="price",
    version=5,
    says="No card speaks of a price or a discount, least of all to the best clients.",
    check=_check,
    spare=_spare,
)
