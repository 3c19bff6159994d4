"""Whether somebody is of age, by the birth date on file and the law of their country. Pure."""

from datetime import UTC, date, datetime, timedelta

from agents.guard import Threshold
from agents.moment import Moment
from feature_store.features.profile import stated
from feature_store.record import slice_of

AGE = Threshold(
    guard="minors", name="age", default=18, least=18, most=25, says="years at which one is of age"
)
LATER = {"KR": 19, "NZ": 20, "TH": 20, "SG": 21, "EG": 21, "KW": 21, "BH": 21}
"""Countries in which one comes of age after eighteen."""
LAGS = timedelta(hours=12)
"""How far behind UTC the last place on earth is."""


def minor(moment: Moment) -> bool:
    """Whether they are, or may be, under age; without a birth date nobody is taken to be."""
    said = stated(slice_of(moment.client, "profile"), "birth_date")
    if said is None:
        return False
    try:
        born = date.fromisoformat(str(said.value))
    except ValueError:
        return True
    today = (datetime.fromtimestamp(moment.now, UTC) - LAGS).date()
    years = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return years < max(AGE.of(moment.maison), LATER.get(str(moment.profile("country")), 18))
