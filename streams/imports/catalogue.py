"""A catalogue: what an article is called, its kind, what it costs. A file of the house, no event."""

import re
from decimal import Decimal

from streams.house_files import LIST
from streams.import_kind import Cells, Import, Made, RefusedRow, Terms, date_of, is_whole, need
from streams.money import decimal_of, minor_units

FIELDS = {
    "sku": "the article, as tills and shop name it",
    "name": "as staff should say it",
    "category": "kind of article: bags, watches ...",
    "price": "in the maison's currency, 3450 or 3450.00; a comma only as 3450,00",
    "price_minor": "the same in minor units, where there is no price",
    "currency": "ISO 4217; another than the maison's is refused",
    "gender": "for whom it is made, where it is for one",
    "collection": "the collection it is of",
    "material": "what it is made of: calfskin, rose gold ...",
    "contains": "what some will not wear, touch or drink, `;` between: leather; nickel",
    "colour": "as staff should say it",
    "occasion": "what it is for: evening, travel ...",
    "fits": "which of a client's sizes it goes by: ring, shoe ...",
    "sizes": "those it is made in, `;` between: 50; 52; 54",
    "since": "the day it arrived: for new arrivals",
}
ALSO = {
    "sku": ("id", "article", "reference", "référence", "product_id"),
    "name": ("title", "label", "libellé", "designation"),
    "category": ("type", "catégorie", "product_type"),
    "price": ("prix", "retail_price"),
    "material": ("matière", "composition"),
    "colour": ("color", "couleur"),
    "sizes": ("size", "taille", "tailles"),
    "since": ("arrived", "launched", "date_d_arrivée"),
}
TEXTS = ("gender", "collection", "material", "colour", "occasion", "fits")
LISTS = ("contains", "sizes")
_THOUSANDS = re.compile(r"\d{1,3}\.\d{3}")
"""3.450 is how Germans, Italians and Spaniards write what costs 3450."""


def _make(line: int, cells: Cells, terms: Terms) -> Made:
    need(cells, ("sku", "name", "category"))
    for field in ("sku", "name", "category", *TEXTS, *LISTS):
        if len(cells.get(field, "")) > 256:
            raise RefusedRow(field, "too long: at most 256 characters")
    if cells.get("currency", terms.maison.currency).upper() != terms.maison.currency:
        raise RefusedRow("currency", f"is not the maison's, {terms.maison.currency}")
    record = {field: cells[field] for field in ("sku", "name", "category", *TEXTS) if field in cells}
    record |= {field: LIST.join(_words(cells[field])) for field in LISTS if field in cells}
    if "since" in cells:
        record["since"] = date_of("since", cells["since"], terms.dates).isoformat()
    return Made(key=cells["sku"], record={**record, "price_minor": str(_price(cells, terms))})


def _words(cell: str) -> list[str]:
    return [word for part in cell.split(LIST) if (word := part.strip())]


def _price(cells: Cells, terms: Terms) -> int:
    if "price" not in cells:
        minor = cells.get("price_minor", "")
        if not is_whole(minor):
            raise RefusedRow("price", "is missing, or is no number")
        return int(minor)
    text = cells["price"].replace("\u00a0", "").replace(" ", "")
    if "," in text and not re.fullmatch(r"\d+,\d{1,2}", text):
        raise RefusedRow("price", "has a comma that may part thousands or cents: write 3450.00")
    number = decimal_of(text.replace(",", "."))
    if number is None or number < 0:
        raise RefusedRow("price", "is missing, or is no number")
    if _THOUSANDS.fullmatch(text) and minor_units(Decimal(1), terms.maison.currency) != 1000:
        raise RefusedRow("price", "has a point that may part thousands or cents: write 3450.00")
    return minor_units(number, terms.maison.currency)


IMPORT = Import(name="catalogue", fields=FIELDS, also=ALSO, make=_make)
