"""Stock: how many of an article lie in a boutique. What is not there is not recommended there."""

from streams.import_kind import Cells, Import, Made, RefusedRow, Terms, is_whole

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
    site, sku = cells.get("site", ""), cells.get("sku", "")
    if terms.maison.site(site) is None:
        raise RefusedRow("site", "is none of the maison file")
    if not sku:
        raise RefusedRow("sku", "is missing")
    if not is_whole(cells.get("quantity", "")):
        raise RefusedRow("quantity", "is no number of pieces")
    return Made(key=f"{site}|{sku}", record={"site": site, "sku": sku, "quantity": cells["quantity"]})


IMPORT = Import(name="stock", fields=FIELDS, also=ALSO, make=_make)
