"""What a hotel's system means by the name of a service: something served, or something a guest is used to."""

_HABITS = {
    "temperature": "temperature", "room temperature": "temperature", "thermostat": "temperature",
    "climate": "temperature", "pillow": "pillow", "pillows": "pillow", "pillow menu": "pillow",
    "floor": "floor", "wine": "wine", "sommelier": "wine", "cellar": "wine",
    "allergy": "allergies", "allergies": "allergies",
}  # fmt: skip


def habit_of(service: str) -> str | None:
    """What a service tells of a guest; None where it only serves.

    >>> habit_of("Pillow menu"), habit_of("laundry")
    ('pillow', None)
    """
    return _HABITS.get(" ".join(service.casefold().split()))
