"""Random lives of one client: hypothesis strategies over the events that features read."""

from typing import Any

from hypothesis import strategies as st

from tests import builders as a

_times = st.integers(0, 90 * 24 * 60).map(lambda minutes: a.NOON - minutes * 60.0)
_skus = st.sampled_from(["bag-aurore", "watch-meridien", "scarf-brise", "ring-solstice", "unheard-of"])
_visits = st.sampled_from(["s1", "s2"])
_bookings = st.sampled_from(["b1", "b2", "b3"])
_lines = st.lists(
    st.builds(a.line, _skus, st.integers(0, 10**7), st.sampled_from(["EUR", "JPY"])), min_size=1, max_size=3
)
_texts = st.text("abcé綾 '\\", min_size=1, max_size=12)


def _of(build: Any, **given: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(build, _times, client_id=st.just("c1"), **given)


def _hotel() -> st.SearchStrategy[Any]:
    return st.one_of(
        _of(a.booking, status=st.sampled_from(["booked", "changed", "cancelled"]), booking_id=_bookings),
        _of(a.arrival, eta=_times, booking_id=_bookings, by=_texts),
        st.builds(
            a.hotel, st.sampled_from(["checkin", "checkout"]), _times, _bookings,
            client_id=st.just("c1"), room=st.sampled_from(["12", "14"]),
        ),
        st.builds(
            a.hotel, st.just("service"), _times, _bookings, client_id=st.just("c1"),
            service=st.sampled_from(["bar", "breakfast", "temperature", "Pillow", "wine", "allergies"]),
            item=st.sampled_from(["verbena tea", "Verbena Tea", "19 °C", "21", "nuts", None]),
        ),
    )  # fmt: skip


def _declared() -> st.SearchStrategy[Any]:
    fields = st.fixed_dictionaries(
        {},
        optional={
            "name": _texts,
            "language": st.sampled_from(["fr", "ja"]),
            "preferences": st.dictionaries(st.sampled_from(["wine", "pillow", "avoid"]), _texts, max_size=3),
        },
    )
    licences = st.sampled_from(["l1", "l2"])
    given = st.lists(st.sampled_from(["watches", "bags", "Kyoto"]), max_size=2)
    return st.one_of(
        _of(a.profile, fields=fields),
        _of(
            a.profile,
            fields=fields,
            envelope=st.sampled_from(["/web", "/pms", "/club/x"]).map(lambda source: {"source": source}),
            verified=st.sampled_from([None, ["language"], ["preferences"]]),
        ),
        _of(a.referral, referred=st.integers(1, 40).map(lambda n: {"client_id": f"friend-{n}"})),
        _of(a.referral, influencer=st.sampled_from(["@ana", "@bo", "@cy", "@di"]), own=st.booleans()),
        _of(a.licence, licence=st.sampled_from(["l1", "l2", "l3"]), revoked=st.booleans()),
        _of(a.licence, licence=licences, interests=given, expires=_times.map(a.iso)),
        _of(a.licence, licence=licences, interests=given),
        _of(a.licence, licence=licences, revoked=st.just(True)),
        _of(a.note, text=_texts, tier=st.sampled_from([None, 0, 1, 2, 3])),
        _of(a.grant, grant=st.sampled_from(["g1", "g2"]), expires=_times.map(a.iso)),
        _of(a.grant, grant=st.sampled_from(["g1", "g2"]), revoked=st.just(True)),
        _of(
            a.consent,
            purpose=st.sampled_from(["one_to_one", "profiling"]),
            state=st.sampled_from(["all", "one_to_one", "none"]),
        ),
    )


_staff = st.sampled_from([None, "camille", "matteo", "haruka"])
_channels = st.sampled_from(["whatsapp", "email", "wechat"])
_others = st.sampled_from([None, {"client_id": "friend-1"}, {"client_id": "friend-2"}])


def _met() -> st.SearchStrategy[Any]:
    """What a client book rests on: who met the client, what was promised, who wrote."""
    return st.one_of(
        _of(a.checkin, staff=_staff),
        _of(a.purchase, lines=_lines, gift=st.booleans(), for_=_others, staff=_staff),
        _of(a.returned, order=st.sampled_from(["o-one", "o-two"]), lines=_lines),
        _of(a.contacted, channel=_channels),
        _of(
            a.chat,
            direction=st.sampled_from(["in", "out"]),
            channel=_channels,
            language=st.sampled_from([None, "fr", "ja", "it", "de"]),
        ),
        _of(
            a.appointment,
            status=st.sampled_from(["proposed", "accepted", "declined", "attended", "missed", "cancelled"]),
            appointment=st.sampled_from(["a1", "a2", "a3", "a4"]),
            begins=_times,
            kind=st.sampled_from(["visit", "event"]),
            staff=_staff,
        ),
    )


def _cared_for() -> st.SearchStrategy[Any]:
    people = st.sampled_from(["c2", "c3"]).map(lambda id: {"client_id": id})
    return st.one_of(
        _of(
            a.case,
            kind=st.sampled_from(["complaint", "repair", "delivery", "dispute", "mourning", "illness"]),
            status=st.one_of(st.sampled_from(["open", "closed"]), _texts),
            case=st.sampled_from(["k1", "k2", "k3"]),
        ),
        _of(
            a.emotion,
            signal=st.sampled_from(["worry", "joy", "valence", "not today", "sadness", "awe"]),
            value=st.floats(-2, 2),
            by=st.sampled_from(["staff", "text", "device"]),
        ),
        _of(a.chat, text=st.sampled_from(["urgent 😰", "ravie", "bonjour", "丧事"])),
        _of(
            a.relation,
            kind=st.sampled_from(["partner", "child", "companion"]),
            with_=people,
            discreet=st.booleans(),
        ),
        _of(a.relation, kind=st.sampled_from(["partner", "assistant", "friend"])),
        _of(a.purchase, lines=_lines, for_=people),
    )


def events() -> st.SearchStrategy[Any]:
    """One event of one client."""
    return st.one_of(
        _of(a.checkin),
        _of(a.purchase, lines=_lines, channel=st.sampled_from(["store", "web"])),
        _of(a.returned, lines=_lines),
        _of(a.view, visit=_visits, sku=_skus),
        _of(a.cart, visit=_visits, sku=_skus),
        _of(a.search, visit=_visits),
        _of(a.chat, direction=st.sampled_from(["in", "out"])),
        _hotel(),
        _declared(),
        _met(),
        _cared_for(),
    )


def lives(most: int = 25) -> st.SearchStrategy[list[Any]]:
    """Events of one client, each at another millisecond, so that none is a tie."""
    return st.lists(events(), max_size=most, unique_by=lambda e: e.time)
