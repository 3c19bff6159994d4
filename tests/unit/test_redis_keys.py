"""How keys of Redis are spelled: what an older version wrote is found, and nobody finds what is another's."""

from fnmatch import fnmatchcase

import pytest

from feature_store import inbox_keys, keys

OID = "qjGJ8m2C0b1xYz_A"
WRITTEN = [
    "fence{3}",
    "due{3}",
    "due{3}:marks",
    "tally{3}",
    "chosen{3}",
    "members{3}",
    "outbox{3}",
    "changed{3}",
    "publishing{3}",
    "checkpoint{3}",
    "seal{deliver/5}",
    "lumiere{3}qjGJ8m2C0b1xYz_A",
    "lumiere{3}qjGJ8m2C0b1xYz_A:l",
    "lumiere{3}q:a",
    "{lumiere/qj}k",
    "lumiere{lumiere}graph",
    "lumiere{lumiere}nqj",
    "lumiere{lumiere}held",
    "lumiere{lumiere}bqj",
    "lumiere{lumiere/acceptance}model",
    "lumiere{qjGJ8m2C0b1xYz_A}:deny",
    "lumiere{lumiere}withdrawals",
    "lumiere{lumiere}sources",
    "lumiere{lumiere}standings",
    "lumiere{lumiere}silences",
    "lumiere{lumiere}telephones",
    "lumiere{lumiere}telephones:whose",
    "lumiere{a1}ring",
    "{lumiere/vendome}:inbox:log",
]
"""As they stand in every store: with another spelling a new version would find nothing of what is there."""
OF_INBOX = [
    f"{{lumiere/vendome}}:inbox{kind}"
    for kind in ("", ":open", ":over", ":presence", ":keep", ":log", ":waiting")
]
"""In the order in which scripts take them."""


def test_what_an_older_version_wrote_is_found() -> None:
    assert [
        keys.fence(3),
        keys.due(3),
        keys.marks(3),
        keys.tally(3),
        keys.chosen(3),
        keys.members(3),
        keys.outbox(3),
        keys.changed(3),
        keys.publishing(3),
        keys.checkpoint(3),
        keys.seal("deliver", 5),
        keys.part("lumiere", 3, OID),
        keys.links("lumiere", 3, OID),
        keys.alone("lumiere", 3, OID),
        keys.salts("lumiere", OID),
        keys.graph("lumiere"),
        keys.nodes("lumiere", OID),
        keys.held("lumiere"),
        keys.block("lumiere", OID),
        keys.model("lumiere", "acceptance"),
        keys.denial("lumiere", OID),
        keys.withdrawals("lumiere"),
        keys.sources("lumiere"),
        keys.standings("lumiere"),
        keys.silences("lumiere"),
        keys.telephones("lumiere"),
        keys.telephones_of("lumiere"),
        keys.ring("lumiere", "a1"),
        inbox_keys.inbox_log_key("lumiere/vendome"),
    ] == WRITTEN
    assert inbox_keys.inbox_keys("lumiere/vendome") == OF_INBOX
    assert inbox_keys.grown_channel("lumiere") == "lumiere:inboxes"


@pytest.mark.parametrize("key", [*WRITTEN, *OF_INBOX])
def test_a_key_is_of_a_lane_or_of_one_maison_and_no_other_may_touch_it(key: str) -> None:
    lane = key.partition("{")[0] in keys.LANES
    own, others = keys.of_maison("lumiere"), [*keys.of_maison("lumi"), *keys.of_maison("autre")]
    assert any(fnmatchcase(key, pattern) for pattern in own) != lane
    assert not any(fnmatchcase(key, pattern) for pattern in others)
