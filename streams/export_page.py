"""An export as a page that its client can read, in their language.

Names of fields, events and purposes are in `export_words.csv`, a language a column. What staff read, and what
somebody wrote, is shown as it was written.
"""

import csv
from collections.abc import Callable, Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Any

from agents.drafts import named
from schemas.times import iso
from streams.shapes.rights import Export

WORDS: dict[str, tuple[str, ...]] = {
    "en": ("What we hold of you", "Known by", "What you told us", "What we learned", "What you allow",
           "What it serves", "Who has looked", "What was proposed to our staff, and why", "What happened",
           "What others told, which we have not believed"),
    "fr": ("Ce que nous savons de vous", "Connu sous", "Ce que vous nous avez dit",
           "Ce que nous avons appris", "Ce que vous autorisez", "À quoi cela sert", "Qui a consulté",
           "Ce qui a été proposé à nos équipes, et pourquoi", "Ce qui s'est passé",
           "Ce que d'autres ont dit, et que nous n'avons pas retenu"),
    "it": ("Ciò che sappiamo di lei", "Conosciuto come", "Ciò che ci ha detto", "Ciò che abbiamo appreso",
           "Ciò che consente", "A che cosa serve", "Chi ha consultato",
           "Ciò che è stato proposto al nostro personale, e perché", "Ciò che è avvenuto",
           "Ciò che altri hanno detto e che non abbiamo accolto"),
    "de": ("Was wir über Sie wissen", "Bekannt als", "Was Sie uns gesagt haben", "Was wir gelernt haben",
           "Was Sie erlauben", "Wozu es dient", "Wer es angesehen hat",
           "Was unseren Mitarbeitenden vorgeschlagen wurde, und warum", "Was geschehen ist",
           "Was andere sagten und wir nicht übernommen haben"),
    "es": ("Lo que sabemos de usted", "Conocido como", "Lo que nos ha dicho", "Lo que hemos aprendido",
           "Lo que autoriza", "Para qué sirve", "Quién lo ha consultado",
           "Lo que se propuso a nuestro personal, y por qué", "Lo que ocurrió",
           "Lo que otros dijeron y no hemos dado por válido"),
    "zh": ("我们所掌握的您的信息", "识别方式", "您告诉我们的", "我们了解到的", "您的授权", "用途", "谁查看过",
           "向员工提出的建议及原因", "发生的事件",
           "他人告知、我们未予采信的内容"),
    "ja": ("当方が保有するお客様の情報", "識別子", "お客様から伺ったこと", "当方が学んだこと", "ご許可の内容",
           "利用目的", "閲覧した者", "スタッフへの提案とその理由", "出来事",
           "他者から伝えられ、採用していないこと"),
    "ko": ("저희가 보유한 고객님의 정보", "식별 정보", "고객님께서 말씀해 주신 것", "저희가 알게 된 것",
           "허락하신 내용", "이용 목적", "열람한 사람", "직원에게 제안된 내용과 이유", "있었던 일",
           "다른 곳에서 전해졌으나 반영하지 않은 것"),
}  # fmt: skip
"""Headings: of the page, then of its parts in the order in which they stand."""
with Path(__file__).with_name("export_words.csv").open(encoding="utf-8", newline="") as _file:
    NAMES: dict[str, dict[str, str]] = {row.pop("word"): row for row in csv.DictReader(_file)}
"""What stands in an export, by its name there -> language -> words."""
INSTANTS = frozenset({"at", "last", "last_purchase", "since", "due", "until"})
"""Values of features that are Unix seconds, by what they are called."""
LATEST = 2**32
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}"
    "table{border-collapse:collapse;width:100%}td{border-top:1px solid #ddd;padding:.3rem .6rem .3rem 0;"
    "min-width:7.5rem;vertical-align:top;overflow-wrap:anywhere}h1,h2{font-weight:500}"
    "@media(max-width:50rem){tr,td{display:block;border:0;padding:0}"
    "tr{border-top:1px solid #ddd;padding:.4rem 0}}"
)
"""No column is narrower than a word; where columns have no room, one thing stands beneath the other."""


def page(made: Export, language: str | None) -> str:
    """The page, whole: nothing is loaded from elsewhere. In English where the language is not known."""
    tag = (named(language) or "en").partition("-")[0]
    tag = tag if tag in WORDS else "en"
    title, *heads = WORDS[tag]

    def name(kind: str, word: str) -> str:
        return NAMES.get(f"{kind}.{word}", {}).get(tag, word)

    def happened(events: Iterable[dict[str, Any]]) -> list[tuple[Any, ...]]:
        return [
            (_time(one.get("time")), name("event", str(one.get("type"))), one.get("source"), one.get("data"))
            for one in events
        ]

    tables: Sequence[Iterable[tuple[Any, ...]]] = (
        [(name("kind", one.kind), one.value) for one in made.identifiers],
        [
            (_named(name, "field", field), _plain(name, field, told.value), told.source, _time(told.since))
            for field, told in made.profile.items()
        ],
        [(_named(name, "feature", path), _plain(name, path, value)) for path, value in lines(made.features)],
        [
            (_time(s.at), name("purpose", s.purpose), s.channel, name("state", s.state), s.source, s.proof)
            for s in made.consents
        ],
        [(name("part", one.of), name("serves", one.of)) for one in made.purposes],
        [(_time(one.at), one.staff, name("role", one.role)) for one in made.recipients],
        [(_time(one.at), one.title, "; ".join(one.why), one.say or "") for one in made.alerts],
        happened(made.events),
        happened(made.waiting),
    )
    body = "".join(f"<h2>{escape(head)}</h2>{_table(rows)}" for head, rows in zip(heads, tables, strict=True))
    note = f"<p>{escape(NAMES['note'][tag])}</p>"
    return (
        f'<!doctype html><html lang="{tag}"><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style><h1>{escape(title)}</h1><p>{escape(made.maison)}, {_day(made.made_at)}</p>"
        f"{note}{body}</html>"
    )


def _plain(name: Callable[[str, str], str], path: str, value: Any) -> Any:
    """A value as a person reads it: an instant as a time, a fraction to two places, yes or no."""
    if isinstance(value, bool):
        return name("value", "yes" if value else "no")
    if isinstance(value, int) and path.rpartition(".")[2] in INSTANTS and 0 < value < LATEST:
        return _time(iso(value))
    return round(value, 2) if isinstance(value, float) else value


def _named(name: Callable[[str, str], str], kind: str, path: str) -> str:
    """A path in words, where there are any: `facts.visits` as a count of visits, `sizes.ring` as a size."""
    first, _, rest = path.partition(".")
    said = " ".join(name("value", word).replace("_", " ") for word in rest.split(".") if word)
    return f"{name(kind, first)}: {said}" if said else name(kind, first)


def lines(values: dict[str, Any], before: str = "") -> Iterable[tuple[str, Any]]:
    """Nested values as lines of a table; what is not known is left out.

    >>> list(lines({"facts": {"visits": 2, "spend": {}}, "stay": {}}))
    [('facts.visits', 2)]
    """
    for name, value in values.items():
        if isinstance(value, dict):
            yield from lines(value, f"{before}{name}.")
        elif value not in (None, [], ""):
            yield f"{before}{name}", value


def _table(rows: Iterable[tuple[Any, ...]]) -> str:
    return "<table>" + "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows) + "</table>"


def _cell(value: Any) -> str:
    return f"<td>{escape(_said(value))}</td>"


def _said(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_said(said)}" for name, said in lines(value))
    if isinstance(value, list | tuple):
        return "; ".join(map(_said, value))
    return "" if value is None else str(value)


def _time(at: Any) -> str:
    """To the minute, UTC."""
    return str(at or "")[:16].replace("T", " ")


def _day(at: str) -> str:
    return escape(at[:10])
