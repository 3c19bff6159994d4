"""Who is compared with whom: those who share a key. A key is a few letters of several fields at once."""

from itertools import combinations

from agents.matching.traits import Traits, value

CAP = 48
"""Persons who may share a key and be compared by it; where more do, the key tells nobody apart: no one is."""


def keys_of(traits: Traits) -> frozenset[str]:
    """Every key of a person.

    >>> from agents.matching.traits import traits_of
    >>> sorted(keys_of(traits_of({"name": "Aline Moreau", "birth_date": "1980-02-03"}, 0.0)))[:2]
    ['bd 1980-02-03 al', 'bd 1980-02-03 mo']
    """
    name = sorted(set(value(traits, "name")))
    bones = sorted({bone(word) for word in name})
    pairs = [" ".join(pair) for pair in combinations(bones, 2)]
    found = {f"n {pair}" for pair in pairs}
    for born in value(traits, "born"):
        found |= {f"bd {born} {word[:2]}" for word in name}
        found |= {f"bn {born[:4]} {pair}" for pair in pairs}
        found |= {f"bp {born[:4]} {place}" for place in value(traits, "place")}
    found |= {f"c {code}" for code in value(traits, "code")}
    found |= {f"p {place} {b}" for place in value(traits, "place") for b in bones}
    found |= {f"e {email.partition('@')[0]}" for email in value(traits, "email")}
    found |= {f"t {phone[-8:]}" for phone in value(traits, "phone")}
    return frozenset(found)


def bone(word: str) -> str:
    """A word without its vowels and doubled letters, four letters at most.

    >>> bone("chudleigh"), bone("chydleigh"), bone("anna")
    ('cdlg', 'cdlg', 'an')
    """
    kept = word[:1]
    for letter in word[1:]:
        if letter not in "aeiouyhw" and letter != kept[-1:]:
            kept += letter
    return kept[:4]
