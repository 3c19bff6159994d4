"""What waits for somebody's word, and finding a client, at the page of a running demo."""

import asyncio
import json
import uuid
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, Request, expect

from tests.e2e.demo import Demo, event
from tests.e2e.screens import PATIENCE, PHONE, PICTURES, TABLET, Opened, narrow, slept, small
from tests.waiting import wait_until

pytestmark = pytest.mark.asyncio(loop_scope="module")

OID = "AlineMoreau00001"
COMES_AGAIN = {
    "id": OID,
    "since": "2026-11-20T09:00:00.000Z",
    "quality": {"completeness": 0.4, "validity": 1.0, "uniqueness": 1.0, "freshness": 0.97, "all": 0.84},
    "wrong": [
        {"kind": "incomplete_stay_history", "field": "name"},
        {"kind": "incomplete_stay_history", "field": "preferences"},
    ],
}
UNNAMED = {
    "id": OID, "maison": "lumiere", "parts": [OID], "circle": "serving", "facts": {"stays": 1},
    "features": {}, "profile": {"language": "it"}, "masked": [], "fields": {}, "unspoken": [],
}  # fmt: skip
PAIR = {
    "pair": f"{OID}.BobDupond0000001",
    "clients": [
        {"id": OID, "alias": "Client 7-QK2M", "parts": 2},
        {"id": "BobDupond0000001", "alias": "Client R-4F2K", "parts": 1},
    ],
    "shared": ["phone"],
    "numbers": ["loyalty_id"],
    "fields": {
        "name": "close", "born": "partly", "place": "equal", "code": "absent", "work": "different",
        "email": "absent", "phone": "equal",
    },
    "bits": 17.4,
}  # fmt: skip


def new(kind: str) -> dict[str, str]:
    return {kind: f"{kind}-{uuid.uuid4().hex[:10]}"}


async def records(page: Page) -> None:
    await page.get_by_role("link", name="Records that wait").click()
    await expect(page.locator("#repairs .said")).not_to_have_text("Reading …")


def case(page: Page, text: str) -> Locator:
    return page.locator(".case", has_text=text)


async def parts(demo: Demo, who: dict[str, str], count: int) -> None:
    def found() -> bool:
        client = demo.lookup(who, "helene")
        return client is not None and len(client["parts"]) == count

    await wait_until(found, what=f"a client of {count} parts")


async def mocked(page: Page, path: str, answer: Any, status: int = 200) -> list[Any]:
    """Answers a path; the list gets what is sent there."""
    sent: list[Any] = []

    async def told(route: Any) -> None:
        sent.append(route.request.post_data_json)
        await route.fulfill(status=status, json=answer)

    await page.route(path, told)
    return sent


async def test_a_manager_says_that_two_are_one_and_takes_it_back(demo: Demo, signed_in: Opened) -> None:
    mother, daughter, home = new("client_id"), new("client_id"), {"email": f"{uuid.uuid4().hex}@example.com"}
    names = f"Aline {mother['client_id'][-5:]}", f"Zoé {daughter['client_id'][-5:]}"
    for who, name in zip((mother, daughter), names, strict=True):
        demo.post(event("client.profile", who | home, fields={"name": name, "advisor": "camille"}))
    alias: list[str] = []

    async def held() -> list[str]:
        ids = {(demo.lookup(who, "helene") or {"id": ""})["id"] for who in (mother, daughter)}
        _, answer = demo.call("GET", "/v1/identity/held", bearer=demo.token("helene"))
        alias[:] = [
            one["clients"][0]["alias"] for one in answer["held"] if {c["id"] for c in one["clients"]} == ids
        ]
        return alias

    await wait_until(held, what="the pair")
    page = await signed_in("Hélène Vasseur")
    await records(page)
    pair = case(page, alias[0])
    await expect(pair).to_contain_text("E-mail given with both")
    await expect(pair).to_contain_text("Each has a client number of their own")
    await expect(pair).not_to_contain_text(names[0])
    await pair.get_by_role("button", name="Open both records").click()
    for name in names:
        await expect(pair.get_by_role("heading", name=name)).to_be_visible()

    reason = pair.get_by_label("How do you know?")
    await pair.get_by_role("button", name="The same person").click()
    await expect(reason).to_be_focused()
    await reason.fill("met them")
    await page.keyboard.press("Enter")  # says neither
    await expect(pair.get_by_role("button", name="The same person")).to_be_visible()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(pair.get_by_role("status")).to_contain_text("They are one client now.", timeout=PATIENCE)
    await expect(pair).to_be_focused()
    await parts(demo, daughter, 3)
    await pair.get_by_role("button", name="They are two people after all").click()
    await parts(demo, daughter, 1)
    await pair.get_by_role("button", name="They are one person after all").click()
    await parts(demo, daughter, 3)


async def test_an_advisor_repairs_what_systems_say_wrongly(demo: Demo, signed_in: Opened) -> None:
    who = new("client_id")
    name = f"Ottilie {who['client_id'][-5:]}"
    fields = {"name": name, "advisor": "camille", "language": "it", "birth_date": "2031-01-01"}
    crm = event("client.profile", who | {"email": "ottilie@nowhere"}, fields=fields)
    demo.post(crm | {"source": "/crm"})
    demo.post(event("client.profile", who, fields={"language": "de"}) | {"source": "/club/x"})
    oid = demo.until_taken(who, lambda c: "language" in c["fields"] and c["fields"]["language"]["lost"])["id"]
    page = await signed_in()
    await records(page)
    record = page.locator(f'[aria-labelledby="flawed-{oid}"]')
    await expect(record).to_contain_text("Language, e-mail and birth date")
    await expect(record).not_to_contain_text(name)
    await record.get_by_role("button", name="Open the record").click()
    await expect(record.get_by_role("heading", name=name)).to_be_visible()
    await expect(record).to_contain_text("On file: 1 January 2031, by /crm")
    await record.get_by_role("button", name="Italian is right").click()
    await expect(record.get_by_role("status")).to_contain_text("Language: Italian. Your word stands above")
    await expect(record.get_by_role("button", name="Say it otherwise")).to_be_focused()
    await record.get_by_role("button", name="It is right as it is").click()
    await record.get_by_label("What the birth date is").fill("1981-01-01")
    await page.keyboard.press("Enter")
    await expect(record.get_by_role("status")).to_have_count(3)
    seen = demo.until_taken(who, lambda c: c["profile"]["birth_date"] == "1981-01-01")
    assert (seen["profile"]["language"], seen["fields"]["language"]["verified"]) == ("it", True)

    async def repaired() -> bool:
        _, answer = demo.call("GET", "/v1/quality", bearer=demo.token("camille"))
        return oid not in {client["id"] for client in answer["clients"]}

    await wait_until(repaired, what="the record repaired")


async def test_evidence_and_forms_fit_every_screen_and_say_what_was_refused(signed_in: Opened) -> None:
    page = await signed_in("Louis Marchetti", reduced_motion="reduce")
    await mocked(page, "**/v1/identity/held", {"held": [PAIR], "complete": False})
    await mocked(page, "**/v1/quality", {"clients": [COMES_AGAIN], "complete": True})
    await mocked(page, "**/v1/clients/*", UNNAMED)
    sent = await mocked(page, "**/repair", {"error": "fields.preferences: not for you."}, 403)
    judged = await mocked(page, "**/v1/identity/held/*", {"error": "No such pair is held."}, 404)
    await records(page)
    pair = case(page, "Client 7-QK2M and Client R-4F2K")
    for label, words in (
        (
            "Speaks for it",
            "Telephone number given with both · name nearly the same · "
            "birth date the same in part · home the same",
        ),
        ("Speaks against it", "Each has a loyalty number of their own · profession another"),
        ("Not known of both", "Postal code · e-mail"),
        ("All in all", "Much alike"),
    ):
        told = pair.locator("dt", has_text=label).locator("+ dd")
        await expect(told).to_have_text(words)
    await expect(page.get_by_text("There are more")).to_be_visible()
    record = case(page, "Name and preferences")
    await expect(record).to_contain_text("40 % complete · 100 % valid")
    await record.get_by_role("button", name="Open the record").click()
    await record.get_by_label("What they like").select_option("Room, in °C")
    await record.get_by_label("How they like it").fill("19.5")
    await record.get_by_role("button", name="Repair").last.click()
    await expect(record.get_by_role("status")).to_have_text("fields.preferences: not for you.")
    assert sent == [{"fields": {"preferences": {"temperature": 19.5}}}]
    await pair.get_by_label("How do you know?").fill("by their passports")
    await pair.get_by_role("button", name="Two people").click()
    await expect(pair.get_by_role("status")).to_have_text("No such pair is held.")
    assert judged == [{"verdict": "different", "reason": "by their passports"}]
    PICTURES.mkdir(parents=True, exist_ok=True)
    for device, (width, height) in (("tablet", TABLET), ("phone", PHONE)):
        await page.set_viewport_size({"width": width, "height": height})
        assert await narrow(page)
        assert await small(page) == 0
        await page.evaluate("scrollTo(0, 0)")
        await page.screenshot(path=PICTURES / f"records-{device}.png", full_page=True)
    await page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert await narrow(page)


async def test_what_could_not_be_read_is_read_again_where_it_stands_and_what_is_not_all_is_said_so(
    signed_in: Opened,
) -> None:
    page = await signed_in("Louis Marchetti")
    await mocked(page, "**/v1/identity/held", {"held": [], "complete": True})
    await mocked(page, "**/v1/quality", {"error": "This cannot be read now: try again."}, 503)
    await records(page)
    said = page.locator("#repairs .said")
    await expect(said).to_have_text("This cannot be read now: try again.")
    await page.unroute("**/v1/quality")
    await mocked(page, "**/v1/quality", {"clients": [COMES_AGAIN], "complete": False})
    await page.get_by_role("button", name="Read it again").press("Enter")
    await expect(case(page, "Name and preferences")).to_be_visible()
    await expect(said).to_have_text("There may be more: they come as these are repaired.")
    await expect(page.locator("#repairs .cases")).to_be_focused()


async def test_what_is_pressed_is_said_once_and_keeps_the_focus_until_it_is_answered(
    signed_in: Opened,
) -> None:
    page = await signed_in("Louis Marchetti")
    await mocked(page, "**/v1/identity/held", {"held": [PAIR], "complete": True})
    await mocked(page, "**/v1/quality", {"clients": [COMES_AGAIN], "complete": True})
    await mocked(page, "**/v1/clients/*", UNNAMED)
    asked: list[str] = []
    answered = asyncio.Event()

    async def answer(route: Any) -> None:
        asked.append(route.request.url)
        await answered.wait()
        await route.fulfill(status=403, json={"error": "not for you."})

    await page.route("**/v1/identity/held/*", answer)
    await page.route("**/repair", answer)
    await records(page)
    pair, record = case(page, "Client 7-QK2M"), case(page, "Name and preferences")
    await record.get_by_role("button", name="Open the record").click()
    await record.get_by_label("What the name is").fill("Ottilie")
    await pair.get_by_label("How do you know?").fill("by their passports")
    same, repair = (
        pair.get_by_role("button", name="The same person"),
        record.get_by_role("button", name="Repair"),
    )
    for pressed, beside in (
        (repair.first, repair.first),
        (same, pair.get_by_role("button", name="Two people")),
    ):
        await pressed.press("Enter")
        await beside.evaluate("one => one.click()")
        await expect(pressed).to_be_focused()
    await wait_until(lambda: len(asked) == 2, what="both asked")
    answered.set()
    await expect(page.get_by_role("status").get_by_text("not for you.")).to_have_count(2)
    await expect(same).to_be_focused()
    assert len(asked) == 2


async def test_a_client_is_found_by_what_they_say_and_no_address_ever_holds_it(
    demo: Demo, signed_in: Opened
) -> None:
    said = {"card": f"CARD-{uuid.uuid4().hex}", "email": f"{uuid.uuid4().hex}@example.com"}
    name = f"Mathilde {said['card'][-5:]}"
    demo.post(event("client.profile", said, fields={"name": name, "advisor": "camille"}))
    oid = demo.until_taken(said, lambda c: c["profile"].get("name"))["id"]
    page = await signed_in()
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))
    opener = page.get_by_role("button", name="Find a client")
    before = await page.evaluate("[location.href, history.length]")
    await opener.click()
    text = page.get_by_label("As they say it")
    await expect(text).to_be_focused()
    await expect(page.get_by_text("Whom you look up is written in the audit")).to_be_visible()
    for kind, value in (("Client card", said["card"]), ("E-mail", said["email"].upper())):
        await page.get_by_label("What they give").select_option(kind)
        await text.fill(value)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name=name)).to_be_visible()
        await expect(page.locator("#finder .profile")).to_contain_text("Camille Roux")
        await text.fill("nobody's")
        await page.keyboard.press("Enter")
        await expect(page.locator("#finder .profile")).to_have_text("No such client in this maison.")
    assert await page.evaluate("[location.href, history.length]") == before
    bodies = [json.loads(one.post_data or "{}") for one in asked if one.url.endswith("/lookup")]
    assert bodies[0] == {"who": {"card": said["card"]}, "at": "vendome"}
    assert not [one.url for one in asked for value in said.values() if value.lower() in one.url.lower()]
    await page.keyboard.press("Escape")
    await expect(text).to_be_hidden()
    await expect(opener).to_be_focused()
    assert await text.input_value() == ""
    assert await page.locator("#finder .profile").count() == 0
    _, seen = await asyncio.to_thread(demo.call, "GET", f"/v1/audit?client={oid}", None, demo.token("maud"))
    assert [(v["staff"], v["via"]) for v in seen["views"]].count(("camille", "lookup")) >= 2


async def test_a_page_of_one_house_asks_nothing_of_another_where_its_namesake_has_signed_in(
    demo: Demo, signed_in: Opened
) -> None:
    said, name = new("card"), f"Orphée {uuid.uuid4().hex[:5]}"
    demo.post(event("client.profile", said, fields={"name": name, "advisor": "camille"}), key="other")
    await wait_until(lambda: (demo.lookup(said, maison="orfevre") or {}).get("profile"), what="a profile")
    page = await signed_in()
    records = await page.context.new_page()
    await records.goto(f"{demo.url}/records.html")
    await records.get_by_role("button", name="Find").click()
    token, proof = demo.token("camille", "orfevre"), {"X-Prevenance": "1"}
    await page.context.request.post(f"{demo.url}/v1/session", data={"token": token}, headers=proof)
    await records.get_by_label("As they say it").fill(said["card"])
    await records.keyboard.press("Enter")
    await expect(records.locator("#finder .profile")).to_contain_text("Somebody else has signed in here")
    await page.evaluate("dispatchEvent(new Event('online'))")
    await expect(page.get_by_role("alert")).to_contain_text("sign in again")
    await slept(records, 400)
    await records.get_by_role("button", name="Back to the page").click()
    await expect(records.locator("#house")).to_have_text("Orfèvre")


@pytest.mark.parametrize(("tag", "said"), [("fr_FR", "French (France)"), ("français", "français")])
async def test_who_is_said_to_speak_a_language_by_no_name_of_one_is_read_all_the_same(
    signed_in: Opened, tag: str, said: str
) -> None:
    page = await signed_in()
    await mocked(page, "**/v1/clients/lookup", UNNAMED | {"profile": {"name": "Ottilie", "language": tag}})
    await page.get_by_role("button", name="Find a client").click()
    await page.get_by_label("As they say it").fill("4711")
    await page.keyboard.press("Enter")
    found = page.locator("#finder .profile")
    await expect(found.get_by_role("heading", name="Ottilie")).to_be_visible()
    await expect(found.locator("dt", has_text="Speaks").locator("+ dd")).to_have_text(said)


async def test_whoever_works_at_several_sites_says_where_a_client_is(signed_in: Opened) -> None:
    for name, sites in (("Hélène Vasseur", 2), ("Camille Roux", 1)):
        page = await signed_in(name)
        sent = await mocked(page, "**/v1/clients/lookup", UNNAMED)
        await page.get_by_role("button", name="Find a client").click()
        where = page.get_by_label("Where they are")
        await expect(where).to_be_visible(visible=sites > 1)
        if sites > 1:
            await where.select_option("Hôtel Riviera")
        await page.get_by_label("As they say it").fill("4711")
        await page.keyboard.press("Enter")
        await expect(page.locator("#finder .profile dd").first).to_have_text("Italian")
        assert sent == [{"who": {"card": "4711"}, "at": "riviera" if sites > 1 else "vendome"}]
        if sites > 1:
            await where.select_option("Place Vendôme")
            await expect(page.locator("#finder .profile"), "what is for a hotel to know").to_have_count(0)


async def test_what_a_house_states_is_read_in_words_whatever_its_form(signed_in: Opened) -> None:
    profile: dict[str, Any] = {
        "country": "FR", "deceased": False, "sizes.ring": {"eu": 52, "us": 6}, "preferences.smoker": False,
        "preferences.pillow": {"down": True, "firm": None}, "preferences.floor": {"high": None},
        "preferences.wine": ["Sancerre", None, {"white": "dry"}],
    }  # fmt: skip
    page = await signed_in()
    await mocked(page, "**/v1/clients/lookup", UNNAMED | {"profile": profile})
    await page.get_by_role("button", name="Find a client").click()
    await page.get_by_label("As they say it").fill("4711")
    await page.keyboard.press("Enter")
    found = page.locator("#finder .profile")
    await expect(found.locator("dd")).to_have_text(
        ["ring eu 52 \u00b7 us 6", "France", "no", "down yes", "Sancerre \u00b7 white dry", "1 stay"]
    )
    await expect(found).not_to_contain_text("Deceased")


async def test_each_role_is_told_in_a_sentence_what_is_not_for_it(demo: Demo, browser: Browser) -> None:
    page = await (await browser.new_context()).new_page()
    await page.goto(demo.url)
    await page.get_by_role("button", name="Maud Renard").click()
    await page.get_by_role("link", name="Records that wait").click()
    await expect(page.locator("#repairs .said")).to_have_text(
        "Records are repaired by the advisor, the concierge or the manager of a client."
    )
    await expect(page.locator("#pairs .said")).not_to_contain_text("judges no pairs")
    await page.get_by_role("link", name="Back to the desk").click()
    await expect(page.get_by_role("heading", name="A client's rights")).to_be_visible()
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("button", name="Maud Renard")).to_be_visible()
    await page.goto(f"{demo.url}/records.html")
    await expect(page.locator("#said")).to_have_text("Sign in first. Sign in")
    await page.evaluate(
        "token => fetch('/v1/session', {method: 'POST', headers: {'X-Prevenance': '1'}, "
        "body: JSON.stringify({token})})",
        demo.token("noe"),
    )
    await page.reload()
    await expect(page.locator("#pairs .said")).to_have_text("The role platform judges no pairs.")
    await expect(page.locator("#repairs .said")).to_contain_text("Records are repaired by")
    await page.context.close()


async def test_records_that_nobody_has_touched_are_covered_until_somebody_is_back(
    demo: Demo, signed_in: Opened
) -> None:
    page = await signed_in()
    await records(page)
    await page.get_by_role("button", name="Find").click()
    await page.get_by_role("textbox").first.fill("4711")
    await slept(page, 301)
    back = page.get_by_role("button", name="Back to the page")
    await expect(back).to_be_focused()
    assert (await page.locator("body").inner_text()).split("\n\n") == ["Maison Lumière", "Back to the page"]
    await back.click()
    await expect(page.get_by_role("textbox").first).to_have_value("4711")
    await expect(page.get_by_role("textbox").first).to_be_focused()
