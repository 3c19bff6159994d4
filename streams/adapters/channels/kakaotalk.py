"""KakaoTalk's skills: a bot's block asks us what to answer. It signs nothing: a write key opens the door.

https://kakaobusiness.gitbook.io/main/tool/chatbot/skill_guide/answer_json_format
"""

import re
from typing import Any

import msgspec

from streams.adapters.channels.telling import LONGEST_TEXT, short
from streams.wire import read

LANGUAGES = {"kr": "ko", "jp": "ja", "cn": "zh"}
"""What it calls a language by the name of a country."""
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


class _User(msgspec.Struct):
    id: str


class _Request(msgspec.Struct):
    user: _User
    utterance: str = ""
    lang: str | None = None


class _Bot(msgspec.Struct):
    id: str


class _Skill(msgspec.Struct, rename={"request": "userRequest"}):
    request: _Request
    bot: _Bot


def event_of(body: Any, id_: str) -> dict[str, Any]:
    """The event of a call, `chat.message`. It has no name of its own there: `id_` is drawn for it.

    Raises `Refused` naming the field.
    """
    skill = read(body, _Skill)
    said, account = skill.request, skill.bot.id
    data = {
        "who": {"kakaotalk": said.user.id},
        "channel": "kakaotalk",
        "conversation": short(f"{account}:{said.user.id}"),
        "message": id_,
        "direction": "in",
        "text": said.utterance[:LONGEST_TEXT],
    }
    language = LANGUAGES.get(said.lang or "", said.lang or "")
    if LANGUAGE.fullmatch(language):
        data["language"] = language
    return {
        "specversion": "1.0",
        "type": "chat.message",
        "source": f"/kakaotalk/{short(account)}",
        "id": id_,
        "data": data,
    }
