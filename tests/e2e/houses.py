"""Maison files of the tests, beside the one of the demo."""

ALIKE = """
id = "orfevre"
name = "Orfèvre"
languages = ["fr"]
currency = "EUR"
sites = [{ id = "vendome", kind = "boutique", name = "Rue de la Paix", timezone = "Europe/Paris" }]
staff = [{ id = "camille", name = "Camille Noir", role = "advisor", sites = ["vendome"] }]
teams = [
  { id = "vendome-team", name = "Paix", site = "vendome", members = ["camille"] },
  { id = "service", name = "Service", members = ["camille"] },
]
"""
"""A second maison that names its site and staff as the first does; its write key is `other`."""
STRICT = """
id = "horloger"
name = "Horloger"
languages = ["fr"]
currency = "EUR"
unknown_sources = "quarantine"
sources = [{ source = "/till/*", rank = 1 }]
sites = [{ id = "paix", kind = "boutique", name = "Rue de la Paix", timezone = "Europe/Paris" }]
staff = [{ id = "chloe", name = "Chloé Noir", role = "advisor", sites = ["paix"] }]
teams = [{ id = "paix-team", name = "Paix", site = "paix" }, { id = "service", name = "Service" }]
"""
"""A third one, that believes nobody it does not know; its write key is `strict`."""
