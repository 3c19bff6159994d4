"""Allergens: stated in any language of the house, told to a kitchen, or not to be read at all."""

from random import Random
from typing import Any

from agents.phrase import Phrase
from schemas.alerts import Recommendation
from tests import builders as a
from tests.guarding import Case, Slip

WHO = {"guest_id": "g1"}


def allergic(*said: str) -> Any:
    return a.record_of(a.profile(a.NOON - 9e4, {"preferences": {"allergies": [*said]}}, **WHO))


def states(**preferences: Any) -> Any:
    return a.record_of(a.profile(a.NOON - 9e4, {"preferences": preferences}, **WHO))


def told(item: str) -> Any:
    """A kitchen was told of it during another stay."""
    return a.record_of(a.hotel("service", a.NOON - 9e6, "b0", service="allergies", item=item, **WHO))


def offer(id: str, **more: Any) -> dict[str, Any]:
    shown = [Recommendation(sku=id, why=Phrase("new to them"))]
    return {
        "action": "during_stay",
        "site": "riviera",
        "title": Phrase("For tea"),
        "recommendations": shown,
    } | more


UNSAID = a.lumiere(menu=[{"id": "soup", "name": "Soup of the day", "kind": "dish", "at": ["dinner"]}])

CASES = {
    "nuts, and almonds in it": Case(client=allergic("nuts"), proposal=offer("orgeat"), passes=False),
    "fruits à coque": Case(client=allergic("fruits à coque"), proposal=offer("orgeat"), passes=False),
    "ナッツアレルギー": Case(client=allergic("ナッツアレルギー"), proposal=offer("orgeat"), passes=False),
    "told to a kitchen": Case(client=told("almonds"), proposal=offer("orgeat"), passes=False),
    "told to a kitchen in many words": Case(
        client=told("anaphylaxis after almonds or other nuts"), proposal=offer("verbena"), passes=False
    ),
    "several told to a kitchen": Case(
        client=told("shellfish, tree nuts, sesame"), proposal=offer("orgeat"), passes=False
    ),
    "nuts, and none in it": Case(client=allergic("nuts"), proposal=offer("verbena"), passes=True),
    "no alcohol": Case(client=allergic("alcohol"), proposal=offer("sancerre"), passes=False),
    "named in the draft alone": Case(
        client=allergic("nuts"),
        proposal=offer("verbena", say=Phrase("Puis-je vous proposer un sirop d'orgeat ?")),
        passes=False,
    ),
    "what nobody can read": Case(client=allergic("zzyzx"), proposal=offer("verbena"), passes=False),
    "frutta secca, and almonds in it": Case(
        client=allergic("Frutta secca"), proposal=offer("orgeat"), passes=False
    ),
    "fruit, of which nobody is told": Case(client=allergic("fruit"), proposal=offer("verbena"), passes=False),
    "nuts, and seeds of which nobody is told": Case(
        client=allergic("nuts and seeds"), proposal=offer("verbena"), passes=False
    ),
    "sesame seeds": Case(client=allergic("sesame seeds"), proposal=offer("verbena"), passes=True),
    "a severe allergy, to what nobody wrote": Case(
        client=allergic("severe allergy"), proposal=offer("verbena"), passes=False
    ),
    "severe, and to nuts": Case(client=allergic("severe, nuts"), proposal=offer("verbena"), passes=True),
    "no allergies": Case(client=allergic("No allergies"), proposal=offer("orgeat"), passes=True),
    **{
        said: Case(client=allergic(said), proposal=offer("orgeat"), passes=True)
        for said in (
            "None known",
            "No known allergies",
            "NKA",
            "Aucune allergie connue",
            "Nessuna allergia nota",
            "Keine Allergien bekannt",
            "Ninguna alergia conocida",
            "特になし",
            "没有",
        )
    },
    "allergies that are known, and not to whom": Case(
        client=allergic("known allergies"), proposal=offer("verbena"), passes=False
    ),
    "what nobody can read, and a table": Case(
        client=allergic("zzyzx"), proposal=offer("terrace"), passes=True
    ),
    "卵とそばアレルギー: eggs, and what nobody can read": Case(
        client=allergic("卵とそばアレルギー"), proposal=offer("verbena"), passes=False
    ),
    "메밀 알레르기: not wheat": Case(
        client=allergic("메밀 알레르기"), proposal=offer("verbena"), passes=False
    ),
    "견과류와 우유 알레르기": Case(
        client=allergic("견과류와 우유 알레르기"), proposal=offer("verbena"), passes=True
    ),
    "对花生过敏": Case(client=allergic("对花生过敏"), proposal=offer("verbena"), passes=True),
    "expects a child, and wine": Case(
        client=states(health="schwanger"), proposal=offer("sancerre"), passes=False
    ),
    "expects a child, and verbena": Case(
        client=states(health="schwanger"), proposal=offer("verbena"), passes=True
    ),
    "sober, and nobody said what it holds": Case(
        client=states(diet="sobre"), proposal=offer("soup"), moment={"maison": UNSAID}, passes=False
    ),
    "gluten-free, and nobody said what it holds": Case(
        client=states(diet="gluten-free"), proposal=offer("soup"), moment={"maison": UNSAID}, passes=False
    ),
    "does not like almonds": Case(
        client=states(dislikes=["les amandes"]), proposal=offer("orgeat"), passes=False
    ),
    "lactose, of health, and almonds": Case(
        client=states(health="lactose intolerant"), proposal=offer("orgeat"), passes=True
    ),
    "vegan, and almonds": Case(client=states(diet="végane"), proposal=offer("orgeat"), passes=True),
    "a diet nobody here knows": Case(client=states(diet="keto"), proposal=offer("orgeat"), passes=True),
    "lilies": Case(client=allergic("lilies"), proposal=offer("orgeat"), passes=True),
    "lilies and nuts": Case(client=allergic("lilies", "noix"), proposal=offer("orgeat"), passes=False),
    "nobody said what it holds": Case(
        client=allergic("nuts"), proposal=offer("soup"), moment={"maison": UNSAID}, passes=False
    ),
    "nobody said what it holds, and nothing is stated": Case(
        proposal=offer("soup"), moment={"maison": UNSAID}, passes=True
    ),
}

STATED = {
    "nuts": [
        "nuts",
        "Walnuts",
        "noix",
        "FRUITS À COQUE",
        "Nüsse",
        "frutta a guscio",
        "frutta secca",
        "fruits secs",
        "坚果",
        "ナッツ",
        "견과류",
    ],
    "alcohol": ["alcohol", "alcool", "Alkohol", "酒精", "アルコール", "알코올"],
    "sulphites": ["sulphites", "sulfites", "solfiti", "亚硫酸盐"],
    "milk": ["lactose", "lait", "latte", "Milch", "leche", "牛奶", "우유"],
    "gluten": ["gluten", "coeliaque", "cœliaque", "Weizen", "小麦", "グルテン"],
    "soy": ["soja", "豆乳", "豆浆过敏"],
}
DIETS = {
    "alcohol": {
        "diet": ["no alcohol", "sans alcool", "kein Wein", "halal", "ノンアルコール"],
        "religion": ["Muslim", "musulmano", "イスラム教"],
        "health": ["pregnant", "incinta", "妊娠中", "임신"],
    },
    "gluten": {"diet": ["gluten-free", "senza glutine"], "health": ["cœliaque"], "avoid": ["小麦"]},
    "milk": {"diet": ["vegan", "Végane", "ヴィーガン", "dairy free"], "dislikes": ["le lait"]},
    "fish": {"diet": ["vegetarian", "Végétarienne", "素食", "jain"], "avoid": ["fish"]},
    "shellfish": {"diet": ["kosher"], "religion": ["juive"], "dislikes": [["crab", "oysters"]]},
}


def slips(random: Random) -> Slip:
    """Something with an allergen in it, or of which nobody knows, to whoever said so in some language."""
    allergen = random.choice([*STATED, *DIETS])
    stated = random.choice(STATED.get(allergen, [allergen]))
    holds = random.choice([[allergen], [allergen, "celery"], None])
    dish = {"id": "dish", "name": "Tarte maison", "kind": random.choice(["dish", "drink"]), "at": ["tea"]}
    house = a.lumiere(menu=[dish | ({"contains": holds} if holds else {})])
    stated = random.choice([stated, f"severe: {stated}", "unobtainium dust mix"]) if holds is None else stated
    if allergen in DIETS and random.random() < 0.5:
        field = random.choice([*DIETS[allergen]])
        client = states(**{field: random.choice(DIETS[allergen][field])})
    else:
        client = random.choice([allergic, lambda *said: told(said[0])])(
            stated, *(["lilies"] * random.randint(0, 1))
        )
    how = random.choice([{"subject": ["dish"], "recommendations": []}, {}, {"title": Phrase("Tarte maison")}])
    return Slip(
        moment=a.moment(client=client, maison=house),
        proposal=a.proposal(**(offer("dish") | how)),
        wrong=lambda left: (
            "Tarte" in left.title or "dish" in {*left.subject, *(one.sku for one in left.recommendations)}
        ),
    )
