"""Words shared by rules: a client's facts in short sentences for staff, and drafts in eight languages."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from agents.moment import Moment
from feature_store.record import slice_of

LANGUAGES = {
    "fr": "French",
    "en": "English",
    "it": "Italian",
    "de": "German",
    "es": "Spanish",
    "zh": "Chinese",
    "ja": "Japanese",
    "ko": "Korean",
}
WELCOME = {
    "fr": "Bienvenue, quel plaisir de vous revoir.",
    "en": "Welcome, how lovely to see you again.",
    "it": "Benvenuti, che piacere rivederla.",
    "de": "Herzlich willkommen, wie schön, Sie wiederzusehen.",
    "es": "Bienvenidos, qué placer volver a verle.",
    "zh": "欢迎光临，很高兴再次见到您。",
    "ja": "いらっしゃいませ。またお目にかかれて光栄です。",
    "ko": "어서 오세요. 다시 뵙게 되어 기쁩니다.",
}
ARRIVAL = {
    "fr": "Nous vous attendons, votre chambre est prête.",
    "en": "We are expecting you, your room is ready.",
    "it": "La stiamo aspettando, la sua camera è pronta.",
    "de": "Wir erwarten Sie, Ihr Zimmer ist bereit.",
    "es": "Le esperamos, su habitación está lista.",
    "zh": "我们正在恭候您，您的房间已准备就绪。",
    "ja": "お待ちしております。お部屋のご用意ができております。",
    "ko": "기다리고 있습니다. 객실이 준비되어 있습니다.",
}
CART = {
    "fr": "Puis-je mettre de côté pour vous une pièce qui vous plaît ?",
    "en": "May I put aside for you a piece that you like?",
    "it": "Posso metterle da parte un articolo che le piace?",
    "de": "Darf ich Ihnen ein Stück zurücklegen, das Ihnen gefällt?",
    "es": "¿Desea que le reserve una pieza que le guste?",
    "zh": "需要我为您预留一件喜欢的单品吗？",
    "ja": "お好みの品をお取り置きいたしましょうか。",
    "ko": "마음에 드시는 제품을 따로 준비해 드릴까요?",
}


def language_of(moment: Moment) -> str | None:
    """The client's stated language, as one the house drafts in; None when unknown or not one of them."""
    stated = moment.profile("language")
    short = str(stated).replace("_", "-").split("-")[0].lower() if stated else None
    return short if short in LANGUAGES else None


def draft(moment: Moment, texts: dict[str, str]) -> str | None:
    """The draft in the client's language; none when it is unknown: a wrong language is worse than none."""
    language = language_of(moment)
    return texts.get(language) if language else None


def speaks(moment: Moment) -> list[str]:
    """A sentence on the language to use, when it is known."""
    language = language_of(moment)
    return [f"Speaks {LANGUAGES[language]}."] if language else []


def history(moment: Moment) -> list[str]:
    """What was bought and how often the client came, in facts. Empty when there is nothing to say."""
    facts = slice_of(moment.client, "facts")
    recency = slice_of(moment.client, "recency")
    said = []
    if facts.purchases:
        said.append(f"{_times(facts.purchases, 'purchase')}, the last {ago(moment.now - recency.purchase)}.")
    if facts.visits > 1:
        said.append(f"{facts.visits} visits to our boutiques.")
    if facts.stays:
        said.append(f"{_times(facts.stays, 'stay')} with us.")
    return said


def ago(seconds: float) -> str:
    """A length of time as a person says it.

    >>> ago(30), ago(7200), ago(3 * 86400)
    ('just now', '2 hours ago', '3 days ago')
    """
    for unit, length in (("year", 31_557_600), ("month", 2_629_800), ("day", 86_400), ("hour", 3600)):
        if seconds >= length:
            return f"{_times(int(seconds // length), unit)} ago"
    return f"{_times(int(seconds // 60), 'minute')} ago" if seconds >= 60 else "just now"


def clock(at: float, timezone: str) -> str:
    """A time of day at a site.

    >>> clock(1_763_823_600, "Europe/Paris")
    '16:00'
    """
    return datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(timezone)).strftime("%H:%M")


def cautions(moment: Moment) -> list[str]:
    """What to avoid, from what the client states: allergies, materials."""
    said = []
    for field in ("allergies", "avoid", "diet"):
        if stated := moment.profile(f"preferences.{field}"):
            said.append(f"{field.capitalize()}: {_listed(stated)}.")
    return said


def _times(count: int, word: str) -> str:
    return f"{count} {word}{'s' if count != 1 else ''}"


def _listed(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
