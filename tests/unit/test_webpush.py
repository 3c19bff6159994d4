"""A message of Web Push: as the RFC has it, opened by whom it is for, taken to known services alone."""

import os
from base64 import urlsafe_b64decode

import jwt
import msgspec
import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec

from streams.webpush import (
    LONGEST,
    SIGNED_FOR,
    Signer,
    Subscriber,
    Unfit,
    message,
    new_key,
    sealed,
    service_of,
    subscriber,
    topic,
)
from tests.browsers import Browser, bytes_of

P256DH, AUTH = (
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "BTBZMqHH6r4Tts7J_aSIgg",
)
"""A browser that the RFC has made."""


def test_it_is_sealed_as_the_example_of_rfc_8291() -> None:
    to = subscriber(
        P256DH,
        AUTH,
    )
    own = ec.derive_private_key(
        int.from_bytes(bytes_of("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")), ec.SECP256R1()
    )
    text = b"When I grow up, I want to be a watermelon"
    expected = (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6Tlz"
        "AC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
    assert sealed(text, to, own, bytes_of("DGv6ra1nlYgDCS1FRnbzlw")) == bytes_of(expected)


def test_whom_it_is_for_opens_it_and_its_length_says_nothing() -> None:
    browser, said = Browser("https://push.example/1"), {"house": "Maison Lumière", "card": "a1"}
    bodies = [message(one, browser.subscriber) for one in (said, said, {**said, "until": 1_795_341_600_000})]
    assert [browser.opened(body) for body in bodies[:2]] == [said, said]
    assert len({*map(len, bodies)}) == 1
    assert len({*bodies}) == 3, "no two are alike"


def test_it_is_signed_for_its_service_alone_and_for_half_a_day() -> None:
    signer = Signer(new_key(), "mailto:ops@house.example")
    scheme, _, said = signer.headers("https://push.example:444/abc?d=e", 1_795_341_600.7)[
        "Authorization"
    ].partition(" ")
    token, key = (part.split("=", 1)[1] for part in said.split(", "))
    assert (scheme, key) == ("vapid", signer.key)
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), bytes_of(key))
    options: dict[str, object] = {"verify_exp": False}
    claims = jwt.decode(token, public, ["ES256"], audience="https://push.example:444", options=options)
    assert claims["exp"] == 1_795_341_600 + SIGNED_FOR
    assert claims["sub"] == "mailto:ops@house.example"
    assert "*" in repr(signer)


def test_each_key_is_another_and_gives_always_the_same_public_one() -> None:
    key = new_key()
    assert Signer(key, "mailto:a@b.example").key == Signer(key, "https://b.example").key
    assert new_key() != key
    assert len(urlsafe_b64decode(key + "=")) == 32


@pytest.mark.parametrize("private", ["", "demo", "A" * 42, "A" * 43, "_" * 43, "é" * 43, "A" * 47])
def test_what_is_no_key_is_told(private: str) -> None:
    with pytest.raises(Unfit, match="push-key"):
        Signer(private, "mailto:ops@house.example")


@pytest.mark.parametrize(
    ("endpoint", "whose"),
    [
        ("https://fcm.googleapis.com/fcm/send/abc:def", "google"),
        ("https://fcm.googleapis.com:443/wp/abc", "google"),
        ("https://updates.push.services.mozilla.com/wpush/v2/abc", "mozilla"),
        ("https://web.push.apple.com/QAbc", "apple"),
        ("https://wns2-par02p.notify.windows.com/w/?token=abc", "microsoft"),
        ("https://push.house.example:8443/abc", "other"),
    ],
)
def test_the_push_services_of_browsers_are_known(endpoint: str, whose: str) -> None:
    assert service_of(endpoint, ("push.house.example:8443",)) == whose


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/abc",
        "https://fcm.googleapis.com:6379/abc",
        "https://fcm.googleapis.com:99999/abc",
        "https://fcm.googleapis.com@10.0.0.1/abc",
        "https://a:b@fcm.googleapis.com/abc",
        "https://fcm.googleapis.com.evil.example/abc",
        "https://evilfcm.googleapis.com/abc",
        "https://evilpush.apple.com/abc",
        "https://push.apple.com/abc",
        "https://169.254.169.254/latest",
        "https://[::1]/abc",
        "https://[/abc",
        "https://[fe80::1%25eth0.push.apple.com]/abc",
        "https://10.0.0.1%2f.push.apple.com/abc",
        "https://.push.apple.com/abc",
        "https://xn--.push.apple.com/abc",
        "https://" + "a" * 64 + ".push.apple.com/abc",
        "https://redis:6379/",
        "https://push.house.example/abc",
        "https://10.0.0.1\\@fcm.googleapis.com/abc",
        "https://fcm.googleapis.com/abc def",
        "https://fcm.googleapis.com/\r\nHost: evil",
        "https://ｆcm.googleapis.com/abc",
        "file:///etc/passwd",
        "//fcm.googleapis.com/abc",
        "",
        "https://fcm.googleapis.com/" + "a" * LONGEST,
    ],
)
def test_nothing_else_is_called_whatever_a_browser_names(endpoint: str) -> None:
    with pytest.raises(Unfit, match="endpoint"):
        service_of(endpoint, ("push.house.example:8443",))


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [
        ("", AUTH),
        ("BA" + "A" * 85, AUTH),
        ("AA", AUTH),
        (P256DH, ""),
        (P256DH, "é" * 22),
        (P256DH, "A" * 40),
    ],
)
def test_what_a_browser_can_not_have_said_is_refused(p256dh: str, auth: str) -> None:
    with pytest.raises(Unfit):
        subscriber(p256dh, auth)


def test_a_later_message_of_an_alert_replaces_an_earlier_one_and_of_no_other() -> None:
    assert topic("a1") == topic("a1") != topic("a2")
    assert len(topic("a1")) == 32


def test_another_browser_opens_nothing() -> None:
    body = message({"card": "a1"}, Subscriber(key=Browser("").subscriber.key, auth=os.urandom(16)))
    with pytest.raises(InvalidTag):
        Browser("").opened(body)
    assert msgspec.json.encode("a1") not in body
