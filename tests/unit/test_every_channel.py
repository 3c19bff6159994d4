"""What holds of every channel of the contract: a new one is known wherever channels are told apart."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from agents.channels import WHERE
from feature_store.feature import House
from feature_store.features.consent import FEATURE, Consent, given
from schemas.envelope import CHANNELS
from schemas.events.client import PURPOSES
from tests import builders as a

PAGE = Path(__file__).parents[2] / "streams/page/words.js"
NEVER_CHOSEN = {"web", "store"}
"""By which the page lets nobody choose to reach a client."""


@pytest.mark.parametrize("channel", CHANNELS)
def test_it_has_words_for_staff_on_a_card_and_on_the_page(channel: str) -> None:
    assert channel in WHERE, "say in agents/channels.py how a client is reached by it"
    on = PAGE.read_text().partition("export const ON = {")[2].partition("}")[0]
    chosen = channel in NEVER_CHOSEN or re.search(rf"\b{channel}: ", on)
    assert chosen, "say it in ON of streams/page/words.js"


def test_what_is_said_of_one_purpose_and_channel_is_said_of_no_other() -> None:
    kept, at = Consent(), 1_763_000_000.0
    said = [(purpose, channel) for purpose in PURPOSES for channel in (None, *CHANNELS)]
    for n, (purpose, channel) in enumerate(said):
        event = a.consent(at + n, purpose, "none", channel=channel, card="c1")
        FEATURE.on[type(event)](kept, event, at + n, House())
    when = [one.at for purpose, channel in said if (one := given(kept, purpose, channel))]
    assert len(when) == len(said)
    assert all(one < other for one, other in pairwise(when)), (
        "one purpose has room for sixteen: a new version"
    )
