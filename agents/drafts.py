"""Drafts of what staff may say, in the client's own language; in no other."""

from collections.abc import Mapping

from agents.moment import Moment
from agents.phrase import Phrase

NAMES = {
    "fr": "French",
    "en": "English",
    "it": "Italian",
    "de": "German",
    "es": "Spanish",
    "zh": "Chinese",
    "zh-hant": "Chinese (traditional characters)",
    "ja": "Japanese",
    "ko": "Korean",
    "ar": "Arabic",
    "da": "Danish",
    "el": "Greek",
    "fi": "Finnish",
    "he": "Hebrew",
    "hi": "Hindi",
    "id": "Indonesian",
    "nl": "Dutch",
    "no": "Norwegian",
    "pl": "Polish",
    "pt": "Portuguese",
    "ru": "Russian",
    "sv": "Swedish",
    "th": "Thai",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "vi": "Vietnamese",
    "yue": "Cantonese",
}
TRADITIONAL = frozenset({"hant", "tw", "hk", "mo"})

WELCOME = {
    "fr": "Bienvenue, quel plaisir de vous accueillir.",
    "en": "Welcome, it is a pleasure to have you with us.",
    "it": "È un piacere accoglierla.",
    "de": "Herzlich willkommen, schön, dass Sie da sind.",
    "es": "Es un placer recibirle.",
    "zh": "欢迎光临，很荣幸为您服务。",
    "zh-hant": "歡迎光臨，很榮幸為您服務。",
    "ja": "いらっしゃいませ。ようこそお越しくださいました。",
    "ko": "어서 오세요. 찾아 주셔서 감사합니다.",
}
WELCOME_BACK = {
    "fr": "Bienvenue, quel plaisir de vous revoir.",
    "en": "Welcome back, how lovely to see you again.",
    "it": "Che piacere rivederla.",
    "de": "Herzlich willkommen, wie schön, Sie wiederzusehen.",
    "es": "Qué placer volver a verle.",
    "zh": "欢迎光临，很高兴再次见到您。",
    "zh-hant": "歡迎光臨，很高興再次見到您。",
    "ja": "いらっしゃいませ。またお目にかかれて光栄です。",
    "ko": "어서 오세요. 다시 뵙게 되어 기쁩니다.",
}
ARRIVAL = {
    "fr": "Nous nous réjouissons de vous accueillir.",
    "en": "We look forward to welcoming you.",
    "it": "Saremo lieti di accoglierla.",
    "de": "Wir freuen uns darauf, Sie zu begrüßen.",
    "es": "Será un placer recibirle.",
    "zh": "我们期待您的光临。",
    "zh-hant": "我們期待您的光臨。",
    "ja": "お着きをお待ちしております。",
    "ko": "도착을 기다리고 있겠습니다.",
}
CART = {
    "fr": "Puis-je mettre de côté pour vous une pièce qui vous plaît ?",
    "en": "May I put aside for you a piece that you like?",
    "it": "Posso metterle da parte un articolo che le piace?",
    "de": "Darf ich Ihnen ein Stück zurücklegen, das Ihnen gefällt?",
    "es": "¿Desea que le reserve una pieza que le guste?",
    "zh": "需要我为您预留一件喜欢的单品吗？",
    "zh-hant": "需要我為您預留一件喜歡的單品嗎？",
    "ja": "お好みの品をお取り置きいたしましょうか。",
    "ko": "마음에 드시는 제품을 따로 준비해 드릴까요?",
}


def named(tag: str | None) -> str | None:
    """The language of a BCP 47 tag as a key of `NAMES`; None for none, or for one we could not name.

    >>> named("fr_FR"), named("zh-TW"), named("tlh")
    ('fr', 'zh-hant', None)
    """
    if not tag:
        return None
    first, *others = tag.replace("_", "-").lower().split("-")
    if first == "zh" and not TRADITIONAL.isdisjoint(others):
        return "zh-hant"
    return first if first in NAMES else None


def language_of(moment: Moment) -> str | None:
    """The client's stated language as a key of `NAMES`; None when unknown."""
    return named(moment.profile("language"))


def draft(moment: Moment, texts: Mapping[str, str], *facts: str) -> Phrase | None:
    """The draft in the client's language; none where there is none: a wrong language is worse than none.

    `facts`: what it lets the client hear that the house knows.
    """
    language = language_of(moment)
    text = texts.get(language) if language else None
    return None if text is None else Phrase(text, "language", *facts)


def speaking(moment: Moment, title: str, *facts: str) -> Phrase:
    """A title that also says the language to use, when it is known; `facts`: what the title tells."""
    language = language_of(moment)
    if language is None:
        return Phrase(title, *facts)
    return Phrase(f"{title}, speaks {NAMES[language]}", "language", *facts)
