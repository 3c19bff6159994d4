"""A client's letter is answered at the page of a running demo: who it is, an export, an erasure."""

import asyncio
import json
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from playwright.async_api import Browser, Locator, Page, Request, Route, expect

from streams.export_page import page as export_page
from tests.e2e.demo import PATIENCE, Demo, event
from tests.e2e.screens import PHONE, PICTURES, PORTRAIT, TABLET, Opened, narrow, slept, small
from tests.unit.test_export_page import made
from tests.waiting import wait_blocking, wait_until

pytestmark = pytest.mark.asyncio(loop_scope="module")

BRUNO = {
    "id": "BrunoWeiss000001", "maison": "lumiere", "parts": ["BrunoWeiss000001"], "circle": "privacy",
    "facts": {}, "features": {}, "profile": {"name": "Bruno Weiss"}, "masked": [], "unspoken": [],
}  # fmt: skip


class Somebody:
    """A client with an e-mail and a card, who has allowed marketing and taken it back on one channel."""

    def __init__(self, demo: Demo) -> None:
        word = uuid.uuid4().hex[:8]
        self.name = f"Aline {word}"
        self.who = {"client_id": f"C-{word}", "email": f"{word}@example.com", "card": f"LUM-{word}"}
        fields = {"name": self.name, "language": "fr", "country": "FR", "advisor": "camille"}
        demo.post(event("client.profile", self.who, fields=fields))
        seen = demo.until_taken(self.one("card"), lambda c: c["profile"].get("name"))
        self.parts: list[str] = seen["parts"]
        allowed = {"purpose": "marketing", "state": "all", "wording": "v3", "proof": "form 12, signed"}
        demo.post(
            event("client.consent", self.who, 60, **allowed),
            event("client.consent", self.who, 30, purpose="marketing", state="none", channel="email"),
        )
        path = f"/v1/clients/{self.parts[0]}/consent"

        def entered() -> bool:
            _, told = demo.call("GET", path, bearer=demo.token("maud"))
            return len(told["ledger"]) == 2

        wait_blocking(entered, PATIENCE, "both statements in the ledger")

    def one(self, kind: str) -> dict[str, str]:
        return {kind: self.who[kind]}


@pytest.fixture(scope="module")
def client(demo: Demo) -> Somebody:
    """Whom no test erases."""
    return Somebody(demo)


async def found(page: Page, kind: str, said: str) -> None:
    await page.get_by_label("What they give").select_option(kind)
    await page.get_by_label("As they say it").fill(said)
    await page.keyboard.press("Enter")


def part(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


async def saved(page: Page, button: Locator, folder: Path) -> Path:
    async with page.expect_download() as download:
        await button.click()
    file = await download.value
    path = folder / file.suggested_filename
    await file.save_as(path)
    return path


async def refused_first(page: Page, path: str, *refusals: tuple[int, str]) -> None:
    """Answers a path with these, then lets it through."""
    left = list(refusals)

    async def answer(route: Route) -> None:
        if left:
            status, why = left.pop(0)
            await route.fulfill(status=status, json={"error": why})
        else:
            await route.continue_()

    await page.route(path, answer)


async def test_a_letter_is_answered_on_one_page_and_no_address_ever_holds_who_wrote(
    demo: Demo, signed_in: Opened, tmp_path: Path
) -> None:
    client = await asyncio.to_thread(Somebody, demo)
    page = await signed_in("Maud Renard", desk=False)
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))
    await expect(page.get_by_label("As they say it")).to_be_focused()
    await found(page, "E-mail", client.who["email"].upper())

    this = part(page, "Who this is")
    await expect(this.get_by_role("heading", name=client.name)).to_be_visible()
    await expect(this).to_be_focused()
    await this.get_by_text("Known by 3 identifiers").click()
    for oid in client.parts:
        await expect(this).to_contain_text(oid)
    allows = part(page, "What they allow")
    await expect(allows.locator("dt", has_text="Marketing, by e-mail").locator("+ dd")).to_contain_text(
        "Not allowed · stated on"
    )
    await expect(allows.locator("dt", has_text="Profiling").locator("+ dd")).to_have_text(
        "Not allowed · as the law presumes (EU)"
    )
    await allows.get_by_text("The ledger: 2 statements").click()
    await expect(allows.get_by_role("listitem").last).to_contain_text("Wording v3 · proof: form 12, signed")
    looked = part(page, "Who has looked")
    await expect(looked.locator("dt", has_text="Camille Roux")).to_be_visible()
    await looked.get_by_text("The audit:").click()
    await expect(looked).to_contain_text("Camille Roux, advisor, as their own advisor")

    export = part(page, "An export")
    await export.get_by_role("button", name="Make the export").click()
    for said in client.who.values():
        await expect(export).to_contain_text(said)
    held = json.loads(
        (await saved(page, export.get_by_role("button", name="For machines"), tmp_path)).read_text()
    )
    assert {one["value"] for one in held["identifiers"]} == set(client.who.values())
    readable = await saved(page, export.get_by_role("button", name="For the client"), tmp_path)
    assert '<html lang="fr">' in readable.read_text()
    assert client.name not in readable.name

    erasure = part(page, "Erasure")
    await erasure.get_by_label("Case reference").fill("DPO-2026-118")
    word = erasure.get_by_label(f"To forget {client.name} for good")
    await word.fill("yes")
    await erasure.get_by_role("button", name="Erase").click()
    await word.fill("erase")
    await page.keyboard.press("Enter")  # says it by neither
    assert demo.lookup(client.one("card"), "maud")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    receipt = part(page, "Erased")
    await expect(receipt).to_be_focused()
    await expect(page.get_by_text(client.name)).to_have_count(0)
    await receipt.get_by_text("Where it reached").click()
    await expect(receipt).to_contain_text("Client.keys: every key of 3 identifiers destroyed")
    proof = json.loads(
        (await saved(page, receipt.get_by_role("button", name="Save the receipt"), tmp_path)).read_text()
    )
    _, key = demo.call("GET", "/v1/receipts/key")
    claims = jwt.decode(proof["receipt"], jwt.PyJWK(key | {"alg": "EdDSA"}).key, algorithms=["EdDSA"])
    assert (claims["parts"], claims["case"]) == (client.parts, "DPO-2026-118")
    assert demo.lookup(client.one("card"), "maud") is None

    await found(page, "Client card", client.who["card"])
    await expect(
        page.get_by_text("No such client in this maison. Try something else they gave.")
    ).to_be_visible()
    await found(page, "Reference, as on a receipt", proof["client"])
    looked = part(page, "Who has looked")
    await looked.get_by_text("The audit:").click()
    await expect(looked).to_contain_text("Asked that they be erased, case DPO-2026-118")
    await page.get_by_role("button", name="Ask for the receipt").click()
    await expect(part(page, "Erased")).to_have_count(2)
    secrets = (client.name.split()[1], *client.who.values())
    assert not [one.url for one in asked for secret in secrets if secret.lower() in one.url.lower()]


@pytest.mark.parametrize(
    ("kind", "said"), [("Reference, as on a receipt", "DPO-2026-118"), ("Client card", "  ")]
)
async def test_what_can_be_nobodys_is_asked_for_again_and_looked_up_nowhere(
    signed_in: Opened, kind: str, said: str
) -> None:
    page = await signed_in("Maud Renard", desk=False)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await found(page, kind, said)
    field = page.get_by_label("As they say it")
    await expect(field).to_have_js_property("validity.patternMismatch", True)
    assert not [url for url in asked if url.endswith("/lookup")]


@pytest.mark.parametrize("minutes", [10, -10])
async def test_a_letter_is_entered_at_the_hour_of_the_house_whatever_the_tablet_says(
    demo: Demo, client: Somebody, signed_in: Opened, minutes: int
) -> None:
    page = await signed_in("Maud Renard", desk=False)
    await page.clock.install(time=datetime.now(UTC) + timedelta(minutes=minutes))
    await page.reload()
    entered: list[Any] = []
    page.on("request", lambda r: entered.append(r.post_data_json) if r.method == "POST" else None)
    await found(page, "Client card", client.who["card"])
    letter = part(page, "By letter or telephone")
    await letter.get_by_label("What it is about").select_option("Sharing in the group")
    await letter.get_by_role("button", name="Enter it").click()
    await expect(letter.get_by_role("status")).to_have_text("Entered: Sharing in the group, refused.")
    assert abs(datetime.fromisoformat(entered[-1]["at"]) - datetime.now(UTC)) < timedelta(minutes=1)


async def test_a_page_left_open_overnight_enters_a_letter_as_of_today_and_no_day_that_was_chosen(
    client: Somebody, signed_in: Opened
) -> None:
    page = await signed_in("Maud Renard", desk=False)
    await page.clock.install()
    await page.reload()
    await found(page, "Client card", client.who["card"])
    letter = part(page, "By letter or telephone")
    day = letter.get_by_label("When they said it")
    await expect(day).not_to_have_value("")
    yesterday = await day.input_value()
    await page.clock.set_fixed_time(datetime.now(UTC) + timedelta(days=1))
    await letter.get_by_label("What it is about").focus()
    await expect(day).not_to_have_value(yesterday)
    await expect(day).to_have_attribute("max", await day.input_value())
    await day.fill("2026-01-02")
    await page.clock.set_fixed_time(datetime.now(UTC) + timedelta(days=2))
    await letter.get_by_label("What it is about").focus()
    await expect(day).to_have_value("2026-01-02")


async def test_a_letter_is_entered_and_what_they_allow_is_read_again(demo: Demo, signed_in: Opened) -> None:
    client = await asyncio.to_thread(Somebody, demo)
    page = await signed_in("Maud Renard", desk=False)
    await refused_first(page, "**/v1/clients/*/consent", (503, "This could not be stored now: try again."))
    await found(page, "Client card", client.who["card"])
    allows, letter = part(page, "What they allow"), part(page, "By letter or telephone")
    await allows.get_by_role("button", name="Read it again").click()
    service = (
        allows.locator("dt").get_by_text("Service", exact=True).locator("xpath=following-sibling::dd[1]")
    )
    await expect(service).to_have_text("Allowed \u00b7 as the law presumes (EU)")

    press = letter.get_by_role("button", name="Enter it")
    await press.click()  # nothing is chosen yet
    await letter.get_by_label("What it is about").select_option("Service")
    await press.click()
    await expect(letter.get_by_role("status")).to_have_text("Entered: Service, refused.")
    await expect(service).to_contain_text("Not allowed \u00b7 stated on")

    await letter.get_by_label("What it is about").select_option("Marketing")
    await letter.get_by_label("What they say").select_option("They allow it")
    await letter.get_by_label("On which channel").select_option("By e-mail")
    await press.click()  # without a case
    await letter.get_by_label("Case reference").fill("DPO-2026-118")
    await letter.get_by_label("Version of the wording").fill("fr-2026-03")
    await letter.get_by_label("When they said it").fill("2026-01-02")
    await press.click()
    await expect(letter.get_by_role("status")).to_contain_text("an earlier yes does not undo it.")
    await letter.get_by_label("When they said it").fill(
        await page.evaluate("document.querySelector('[type=date]').max")
    )
    await press.click()
    await expect(letter.get_by_role("status")).to_have_text("Entered: Marketing, allowed.")
    await allows.get_by_text("The ledger: 4 statements").click()
    await expect(allows).to_contain_text(
        "Wording fr-2026-03 \u00b7 proof: DPO-2026-118 \u00b7 told by /staff/maud"
    )
    looked = await asyncio.to_thread(
        demo.call, "GET", f"/v1/audit?client={client.parts[0]}", None, demo.token("maud")
    )
    assert [v["case"] for v in looked[1]["views"] if v["via"] == "statement"] == ["", "DPO-2026-118"]


async def test_what_fails_says_what_to_do_next_and_can_be_pressed_again(
    demo: Demo, signed_in: Opened
) -> None:
    client = await asyncio.to_thread(Somebody, demo)
    page = await signed_in("Maud Renard", desk=False)
    away = (503, "This could not be stored now: try again.")
    await refused_first(page, "**/v1/clients/*/consent", away)
    await refused_first(page, "**/v1/audit*", away)
    await refused_first(page, "**/v1/clients/*/export", away)
    late = (503, "The erasure is told and not yet through: ask again for its receipt.")
    await refused_first(page, f"**/v1/clients/{client.parts[0]}", (401, "Sign in first."), late)
    await found(page, "Reference, as on a receipt", client.parts[0])
    for name, then in (("What they allow", "The ledger"), ("Who has looked", "The audit")):
        await expect(part(page, name).get_by_role("status")).to_have_text(away[1])
        await part(page, name).get_by_role("button", name="Read it again").click()
        await expect(part(page, name)).to_contain_text(then)
    export = part(page, "An export")
    await export.get_by_role("button", name="Make the export").click()
    await expect(export.get_by_role("status")).to_have_text(f"{away[1]} Nothing was made.")
    await export.get_by_role("button", name="Make the export").click()
    await expect(export.get_by_role("status")).to_contain_text("Made on")
    await expect(export.locator(".word")).to_be_focused()

    erasure = part(page, "Erasure")
    await erasure.get_by_label("To forget").fill("Erase")
    await erasure.get_by_role("button", name="Erase").click()
    await expect(erasure.get_by_role("status")).to_have_text(
        "Sign in first. In another window: then press again here."
    )
    await erasure.get_by_role("button", name="Erase").click()
    await expect(erasure.get_by_role("status")).to_contain_text("Not through yet, asked 2 times.")
    await expect(part(page, "Erased")).to_contain_text("By Maud Renard")
    async with page.expect_event("dialog") as warned:
        await page.close(run_before_unload=True)
    assert (await warned.value).type == "beforeunload", "the receipt is not saved"
    async with page.expect_event("close"):
        await (await warned.value).accept()


async def test_whoever_signs_out_before_the_receipt_is_saved_is_asked_before_they_have_left(
    signed_in: Opened,
) -> None:
    page = await signed_in("Maud Renard", desk=False)
    at = {"asked_at": "2026-11-22T10:00:00Z", "done_at": "2026-11-22T10:00:01Z"}
    erasure = at | {
        "client": BRUNO["id"],
        "case": None,
        "asked_by": "maud",
        "erased": [],
        "parts": [],
        "receipt": "x",
    }
    await page.route("**/v1/clients/lookup", lambda route: route.fulfill(json=BRUNO))
    await page.route(f"**/v1/clients/{BRUNO['id']}", lambda route: route.fulfill(json=erasure))
    await found(page, "Client card", "LUM-BRUNO")
    await part(page, "Erasure").get_by_label("To forget").fill("erase")
    await part(page, "Erasure").get_by_role("button", name="Erase").click()
    await expect(part(page, "Erased")).to_be_visible()
    left: list[str] = []
    page.on("request", lambda r: left.append(r.url) if r.url.endswith("/v1/session") else None)
    for stays in (True, False):
        said: list[str] = []

        async def answer(dialog: Any, said: list[str] = said, stays: bool = stays) -> None:
            said.append(dialog.message)
            await (dialog.dismiss() if stays else dialog.accept())

        page.once("dialog", answer)
        await page.get_by_role("button", name="Sign out").click()
        await wait_until(lambda said=said: said, what="the question")
        assert said == ["The receipt is not saved yet. Sign out all the same?"]
        assert not stays or left == []
    await expect(page.get_by_role("button", name="Maud Renard")).to_be_visible()
    assert left


@pytest.mark.parametrize("size", [TABLET, PORTRAIT, PHONE])
async def test_what_a_client_is_sent_is_read_in_whole_words_on_any_screen(
    browser: Browser, size: tuple[int, int]
) -> None:
    seen = [
        {
            "time": "2026-11-22T10:00:00Z",
            "type": "store.checkin",
            "source": "/door",
            "data": {"x": "y " * 400},
        }
    ]
    noted = {"notes": {"2": [{"text": "N" * 380, "by": "camille"}]}}
    context = await browser.new_context(viewport={"width": size[0], "height": size[1]}, is_mobile=True)
    page = await context.new_page()
    await page.set_content(export_page(made(events=seen, features=noted), "fr"))
    assert await page.evaluate("innerWidth") == size[0]
    assert await narrow(page)
    cells = await page.locator("td").evaluate_all("all => all.map(one => one.offsetWidth)")
    assert min(cells) > 100, "a word has room"
    await context.close()


async def test_who_is_looked_up_last_is_whom_the_page_speaks_of(signed_in: Opened, client: Somebody) -> None:
    page = await signed_in("Maud Renard", desk=False)
    late = asyncio.Event()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    async def answer(route: Route) -> None:
        if client.who["card"] in (route.request.post_data or ""):
            return await route.continue_()
        await late.wait()
        return await route.fulfill(json=BRUNO)

    await page.route("**/v1/clients/lookup", answer)
    await found(page, "Client card", "LUM-BRUNO")
    await found(page, "Client card", client.who["card"])
    await expect(part(page, "Erasure")).to_contain_text(client.name)
    async with page.expect_response("**/v1/clients/lookup"):
        late.set()
    await expect(part(page, "Erasure")).to_have_count(1)
    await expect(part(page, "Erasure")).to_contain_text(client.name)
    assert not [address for address in asked if BRUNO["id"] in address]


async def test_the_page_fits_every_screen_and_tells_of_a_record_that_may_be_theirs_too(
    signed_in: Opened, client: Somebody
) -> None:
    page = await signed_in("Maud Renard", desk=False, reduced_motion="reduce")
    pair = {"clients": [{"id": client.parts[1]}, {"id": BRUNO["id"]}]}
    await page.route("**/v1/identity/held", lambda r: r.fulfill(json={"held": [pair], "complete": True}))
    await found(page, "Client card", client.who["card"])
    await expect(page.get_by_text("Another record may be this person too.")).to_be_visible()
    await page.get_by_role("button", name="Make the export").click()
    await expect(page.get_by_text("Made on")).to_be_visible()
    for log in await page.locator("details").all():
        await log.locator("summary").click()
    PICTURES.mkdir(parents=True, exist_ok=True)
    for device, (width, height) in (("tablet", TABLET), ("portrait", PORTRAIT), ("phone", PHONE)):
        await page.set_viewport_size({"width": width, "height": height})
        assert await narrow(page)
        assert await small(page) == 0
        await page.evaluate("scrollTo(0, 0)")
        await page.screenshot(path=PICTURES / f"privacy-{device}.png", full_page=True)
    await page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert await narrow(page)


async def test_a_client_whom_nobody_looks_at_any_more_is_covered(signed_in: Opened, client: Somebody) -> None:
    page = await signed_in("Maud Renard", desk=False)
    await found(page, "Client card", client.who["card"])
    await expect(page.get_by_role("button", name="Make the export")).to_be_visible()
    await slept(page, 301)
    await expect(page.locator("#client")).to_be_hidden()
    await page.get_by_role("button", name="Back to the page").click()
    await expect(page.locator("#client")).to_be_visible()


async def test_whoever_is_not_privacy_is_told_so_and_sees_nobody(demo: Demo, browser: Browser) -> None:
    page = await (await browser.new_context()).new_page()
    await page.goto(f"{demo.url}/privacy.html")
    await expect(page.locator("#said")).to_have_text("Sign in first. Sign in")
    await expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
    await page.evaluate(
        "token => fetch('/v1/session', {method: 'POST', headers: {'X-Prevenance': '1'}, "
        "body: JSON.stringify({token})})",
        demo.token("camille"),
    )
    await page.reload()
    await expect(page.locator("#said")).to_have_text(
        "This page is for the role privacy, and yours is advisor. Back to the desk"
    )
    await expect(page.get_by_label("As they say it")).to_have_count(0)
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("button", name="Maud Renard")).to_be_visible()
    await page.context.close()
