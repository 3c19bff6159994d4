"""Every feature of the client record."""

from collections.abc import Iterator

from feature_store import features
from feature_store.feature import Feature, instances
from handbook.page import Page, briefly, module_of, page, table, told

KNOWN: list[Feature] = instances(features, "FEATURE")


def _text() -> str:
    return page(
        "Features",
        "A record is a slice for each of these. Its values are computed when it is read, so they fade with "
        "time by themselves; what is unknown is null, never zero. The order of events and duplicates do not "
        "matter unless a feature says so. A personal slice is stored sealed.",
        table(
            ["feature", "what"],
            ((f"[`{one.name}`](#{one.name})", briefly(module_of(features, one.name))) for one in KNOWN),
        ),
        *(part for one in KNOWN for part in _feature(one)),
    )


def _feature(feature: Feature) -> Iterator[str]:
    yield f"## {feature.name}"
    yield told(module_of(features, feature.name))
    values = feature.values(feature.slice(), 0.0)
    if values:
        yield "Values: " + ", ".join(f"`{feature.name}.{value}`" for value in values) + "."
    types = sorted(str(kind.__struct_config__.tag) for kind in feature.on)
    moved = "every type of event but staff's own" if len(types) > 30 else ", ".join(f"`{t}`" for t in types)
    yield f"Moved by {moved}." + (" Stored sealed." if feature.personal else "")
    yield f"Depends on the order of events: {feature.ordered}" if feature.ordered else ""


PAGE = Page(name="features", text=_text)
