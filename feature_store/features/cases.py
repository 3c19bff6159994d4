"""What is open between the client and the house, and what weighs on the client: by case, as last said.

A repair "waiting for a part" said at 11:00 and "closed" said at 12:00 is over, in whichever order the two
arrive. Nobody says when a mourning ends: how long without a word it stands is asked by who reads. A repair of
1 November of which nothing was heard since is open for 365 days, a mourning for 180.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, get_args

import msgspec

from feature_store.feature import Feature, House, code_of, cut, plain, short
from schemas.events.client import CaseData, ClientCase

KINDS: tuple[str, ...] = get_args(get_args(CaseData.__annotations__["kind"])[0])
"""Stored by position: new ones go last."""
GRIEF = frozenset({"mourning", "illness"})
"""Kinds that are the client's own."""
_OVER = """
cancelled canceled closed collected complete completed delivered done ended finished over recovered resolved
returned settled solved withdrawn
annulé annulée clos close clôturé clôturée fermé fermée fini finie guéri guérie livré livrée réglé réglée
rendu rendue résolu résolue restitué restituée retiré retirée retourné retournée soldé soldée terminé
terminée traité traitée
annullato annullata archiviato archiviata chiuso chiusa completato completata concluso conclusa consegnato
consegnata finito finita guarito guarita restituito restituita risolto risolta ritirato ritirata terminato
terminata
abgeholt abgeschlossen ausgeliefert beendet behoben erledigt geliefert gelöst genesen geschlossen storniert
zugestellt zurückgegeben zurückgezogen
anulado anulada cancelado cancelada cerrado cerrada completado completada concluido concluida devuelto
devuelta entregado entregada finalizado finalizada recogido recogida recuperado recuperada resuelto resuelta
retirado retirada solucionado solucionada terminado terminada
已解决 已解決 已关闭 已關閉 已结束 已結束 已结案 已結案 已完成 已取消 已取货 已取貨 已送达 已送達 已交付
已退回 已撤销 已撤銷
解決 解決済み 解決済 対応済み 完了 終了 クローズ キャンセル 取消 引渡済み 納品済み 受取済み
해결 해결됨 완료 완료됨 종료 종료됨 종결 취소 취소됨 배송완료 처리완료 수령완료
"""
"""Words for what is over, in the languages that houses speak to clients."""
KEPT = 4
"""Cases kept per part: first go those that are over, then what weighs least, then the longest unheard of."""
TEXT = 40
"""Bytes kept of a status."""
OVER = frozenset(plain(_OVER).split())
"""A status all of whose words are among these ends its case; any other leaves it open: "not resolved"."""
LASTS = 365 * 86_400.0
GRIEVES = 180 * 86_400.0
"""Seconds after the last word of it that a case, and a grief, is held for open."""


class Case(msgspec.Struct, array_like=True, omit_defaults=True, order=True):
    """The last that was said: `at` in Unix milliseconds; `due` in Unix seconds, 0: nothing was promised;
    `article`: `code_of` what it is about, as was said last; 0: nobody said."""

    at: int
    over: bool
    kind: int
    status: str
    due: int = 0
    article: int = 0

    @property
    def of(self) -> str:
        """complaint, repair, delivery, dispute, mourning or illness."""
        return KINDS[self.kind]


class Cases(msgspec.Struct, array_like=True):
    said: dict[str, Case] = {}


def ends(status: str) -> bool:
    """Whether a case is over by what is said of it."""
    words = re.findall(r"\w+", plain(status))
    return bool(words) and OVER.issuperset(words)


def case_of(slice: Cases, id: str) -> Case | None:
    """What is known of a case by its id."""
    return slice.said.get(short(id))


def open_cases(slice: Cases, now: float, lasts: float = LASTS, grieves: float = GRIEVES) -> Iterator[Case]:
    """Those that are open: not said to be over, and not unheard of for so many seconds."""
    for case in slice.said.values():
        longest = grieves if case.of in GRIEF else lasts
        if not case.over and now - case.at / 1000 < longest:
            yield case


def _case(slice: Cases, event: ClientCase, at: float, house: House) -> None:
    data = event.data
    said = Case(
        at=int(at * 1000),
        over=ends(data.status),
        kind=KINDS.index(data.kind),
        status=cut(data.status.strip(), TEXT),
        due=int(data.due.timestamp()) if data.due else 0,
        article=code_of(data.sku) if data.sku else 0,
    )
    _say(slice, [(short(data.case), said)])


def _say(slice: Cases, told: Iterable[tuple[str, Case]]) -> None:
    for id, case in told:
        known = slice.said.get(id)
        slice.said[id] = case if known is None else _joined(known, case)
    while len(slice.said) > KEPT:
        del slice.said[min(slice.said, key=lambda id: (_weight(slice.said[id]), id))]


def _joined(a: Case, b: Case) -> Case:
    """The later step; it is about what it was about before, where it names nothing."""
    earlier, later = min(a, b), max(a, b)
    return later if later.article else msgspec.structs.replace(later, article=earlier.article)


def _weight(case: Case) -> tuple[bool, bool, int]:
    return not case.over, case.of in GRIEF, case.at


def _values(slice: Cases, now: float) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for id, case in sorted(slice.said.items(), key=lambda told: (-told[1].at, told[0])):
        said = {"case": id, "status": case.status, "at": case.at // 1000, "due": case.due or None}
        found.setdefault(case.of, []).append(said | {"over": case.over})
    return found | {"quiet": any(open_cases(slice, now))}


def _merge(slices: Sequence[Cases]) -> Cases:
    merged = Cases()
    for slice in slices:
        _say(merged, slice.said.items())
    return merged


FEATURE = Feature(
    name="cases",
    letter="J",
    slice=Cases,
    on={ClientCase: _case},
    values=_values,
    merge=_merge,
    personal=True,
    ordered="beyond four cases: what was forgotten of one does not come back",
)
