"""Stock: how many of an article lie in a boutique. What is not there is not recommended there."""

from streams.import_kind import Cells, Import, Made, RefusedRow, Terms, is_whole, need, site_of

FIELDS = {
    "site": "id of the boutique in the maison file",
    "sku": "the article; one of the catalogue",
    "quantity": "pieces that can be shown or sold now, 0 for none",
}
ALSO = {
    "site": ("store", "boutique", "location"),
    "sku": ("id", "article", "reference", "référence"),
    "quantity": ("stock", "qty", "quantité", "available"),
}


def _make(line: int, cells: Cells, terms: Terms) -> Made:
    site = site_of(cells, terms).id
    need(cells, ["sku"])
    if not is_whole(cells.get("quantity", "")):
        raise RefusedRow("quantity", "is no number of pieces")
    sku = cells["sku"]
    return Made(key=f"{site}|{sku}", record={"site": site, "sku": sku, "quantity": cells["quantity"]})


IMPORT = Import(name="stock", fields=FIELDS, also=ALSO, make=_make)
