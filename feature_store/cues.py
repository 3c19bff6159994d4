"""What a client's own words show of their mood, by a short list anybody can read: no model, no guess.

Each cue is a word or an emoji of `CUES`; what takes one back ("nothing urgent") is taken out first. One cue
is 0.5, two are 0.75, three 0.875: a hint for a person, never a verdict.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping

LONGEST = 2_000
"""Characters of a message that are looked at."""

CUES: Mapping[str, Mapping[str, str]] = {
    "worry": {
        "fr": "urgent, urgente, urgence, inquiet, inquiète, angoissé, angoissée, au plus vite, "
        "au secours, toujours pas reçu, sans nouvelles, sans réponse",
        "en": "urgent, urgently, asap, emergency, worried, anxious, still waiting, still not received, "
        "still no answer, no answer, please help",
        "it": "urgente, urgentemente, urgenza, preoccupato, preoccupata, in ansia, il prima possibile, "
        "nessuna risposta, senza notizie, non ho ancora ricevuto",
        "de": "dringend, eilig, notfall, besorgt, mache mir sorgen, so schnell wie möglich, keine antwort, "
        "immer noch nicht",
        "es": "urgente, urgentemente, urgencia, preocupado, preocupada, angustiado, angustiada, "
        "lo antes posible, cuanto antes, sin respuesta, sin noticias, todavía no he recibido",
        "zh": "紧急, 急需, 很急, 着急, 担心, 焦急, 尽快, 还没收到, 没有回复",
        "zh-hant": "緊急, 急需, 很急, 著急, 擔心, 焦急, 盡快, 還沒收到, 沒有回覆",
        "ja": "至急, 緊急, 心配, 不安, まだ届, 困って, 助けて, 返事がない, 返信がない",
        "ko": "급합니다, 급해요, 긴급, 시급, 걱정, 불안, 아직 못 받, 답장이 없, 도와주세요",
        "emoji": "😟, 😰, 😨, 😥, 😧, 😱, 😢, 😭, 😓, 🆘, ???",
    },
    "anger": {
        "fr": "inadmissible, inacceptable, scandaleux, furieux, furieuse, déçu, déçue, honteux, mécontent, "
        "mécontente, pas content, pas contente",
        "en": "unacceptable, outrageous, furious, disappointed, disgraceful, fed up, not happy, unhappy",
        "it": "inaccettabile, furioso, furiosa, deluso, delusa, vergognoso, indignato, indignata",
        "de": "inakzeptabel, unverschämt, wütend, enttäuscht, empört, unzufrieden",
        "es": "inaceptable, furioso, furiosa, decepcionado, decepcionada, indignado, indignada, vergonzoso",
        "zh": "无法接受, 不可接受, 愤怒, 生气, 失望, 太过分",
        "zh-hant": "無法接受, 不可接受, 憤怒, 生氣, 失望, 太過分",
        "ja": "許せない, 怒って, 失望, がっかり, 納得でき",
        "ko": "용납할 수 없, 화가 나, 화납니다, 실망, 어이없",
        "emoji": "😠, 😡, 🤬, 👿, 💢, 😤",
    },
    "sadness": {
        "fr": "décès, décédé, décédée, deuil, obsèques",
        "en": "passed away, bereavement, funeral, in mourning",
        "it": "lutto, deceduto, deceduta, funerale, è scomparso, è scomparsa",
        "de": "verstorben, trauerfall, beerdigung, in trauer",
        "es": "fallecido, fallecida, falleció, funeral, de luto",
        "zh": "去世, 葬礼, 丧事",
        "zh-hant": "去世, 葬禮, 喪事",
        "ja": "亡くな, 葬儀, 逝去",
        "ko": "별세, 돌아가셨, 장례",
        "emoji": "🕯",
    },
    "joy": {
        "fr": "ravi, ravie, enchanté, enchantée, merveilleux, merveilleuse, heureux, heureuse",
        "en": "delighted, thrilled, overjoyed, wonderful, love it, so happy",
        "it": "felice, felicissimo, felicissima, meraviglioso, meravigliosa, entusiasta",
        "de": "begeistert, wunderbar, glücklich, entzückt, großartig",
        "es": "encantado, encantada, feliz, maravilloso, maravillosa",
        "zh": "太好了, 开心, 高兴, 惊喜",
        "zh-hant": "太好了, 開心, 高興, 驚喜",
        "ja": "嬉しい, うれしい, 素晴らしい, 感激",
        "ko": "기뻐요, 기쁩니다, 행복, 감동",
        "emoji": "😍, 🥰, 🤩, 🎉, ❤, 💖",
    },
}
"""Signal -> language -> cues. None is in it for what a client is, only for what they say."""
CALM = (
    "not urgent, nothing urgent, no urgency, not worried, don't worry, nothing to be worried about, "
    "no need to be worried, not anxious, no need to be anxious, not disappointed, not at all disappointed, "
    "not unhappy, pas urgent, pas du tout urgent, rien d'urgent, aucune urgence, ne vous inquiétez pas, "
    "pas inquiet, pas inquiète, pas du tout inquiet, pas du tout inquiète, pas déçu, pas déçue, "
    "pas du tout déçu, pas du tout déçue, non è urgente, niente di urgente, nessuna urgenza, "
    "non sono preoccupato, non sono preoccupata, non sono deluso, non sono delusa, non sono affatto deluso, "
    "non sono affatto delusa, nicht dringend, nicht sehr dringend, nicht eilig, nicht besorgt, "
    "nicht enttäuscht, nicht unzufrieden, no es urgente, nada urgente, no hay urgencia, ninguna urgencia, "
    "no estoy preocupado, no estoy preocupada, no estoy decepcionado, no estoy decepcionada, "
    "不着急, 不用着急, 不必着急, 不急, 不担心, 不用担心, 不要担心, 不必担心, 别担心, 没有失望, "
    "不著急, 不用著急, 不必著急, 不擔心, 不用擔心, 不要擔心, 不必擔心, 別擔心, 沒有失望, "
    "急ぎません, 心配ありません, 心配しないで, 心配いりません, 心配なく, 心配ご無用, 心配には及び, "
    "心配していません, 걱정하지, 걱정 마, 걱정 없, 걱정할 필요"
)
"""What takes a cue back, in the same languages."""
_LATIN = re.compile(r"[a-zà-ÿœß]")


def _words(several: Iterable[str]) -> list[str]:
    return sorted(
        {word.strip().casefold() for words in several for word in words.split(",")}, key=len, reverse=True
    )


def _any(words: Iterable[str]) -> re.Pattern[str]:
    """Latin words stand alone; other scripts have no spaces to tell."""
    return re.compile(
        "|".join(
            rf"(?<!\w){re.escape(word)}(?!\w)" if _LATIN.match(word) else re.escape(word) for word in words
        )
    )


_CALM = _any(_words([CALM]))
_CUES = {signal: _any(_words(by_language.values())) for signal, by_language in CUES.items()}


def cues(text: str) -> dict[str, float]:
    """Signals that a message shows, each 0 to 1; empty for most.

    >>> cues("Toujours pas reçu ma bague, c'est urgent 😰"), cues("Nothing urgent, thank you")
    ({'worry': 0.875}, {})
    """
    said = _CALM.sub(" ", unicodedata.normalize("NFKC", text[:LONGEST]).casefold().replace("’", "'"))
    found = {signal: {*pattern.findall(said)} for signal, pattern in _CUES.items()}
    return {signal: 1 - 0.5 ** len(several) for signal, several in found.items() if several}
