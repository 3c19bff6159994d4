"""In the boutique: who comes in, what is tried, bought and brought back."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from schemas.envelope import Category, Currency, Data, Event, Minor, Quantity, Site, Sku, Staff, Text
from schemas.who import Who, Whom

Method = Literal["nfc", "rfid", "app", "qr", "tablet", "beacon"]


class CheckinData(Data, frozen=True, kw_only=True):
    who: Whom
    site: Site
    method: Annotated[Method, Meta(description="how the client was recognised at the door")]
    staff: Annotated[Staff, Meta(description="who welcomed, when already known")] | None = None


class StoreCheckin(Event, frozen=True, kw_only=True, tag="store.checkin"):
    """A client (known or not) comes through the door."""

    topic = "store.checkins"
    data: CheckinData


class StoreLeave(Event, frozen=True, kw_only=True, tag="store.leave"):
    """The client has left."""

    topic = "store.checkins"
    data: CheckinData


class ItemData(Data, frozen=True, kw_only=True):
    who: Whom
    site: Site
    sku: Sku
    action: Annotated[
        Literal["shown", "tried", "back"], Meta(description="shown, tried, or put back on its shelf")
    ]


class StoreItem(Event, frozen=True, kw_only=True, tag="store.item"):
    """An article was shown to, tried by, or taken back from a client in the boutique."""

    topic = "store.checkins"
    data: ItemData


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    sku: Sku
    quantity: Quantity
    amount: Annotated[Minor, Meta(description="of the whole line, minor units")]
    currency: Currency
    category: Category | None = None


class OrderData(Data, frozen=True, kw_only=True, rename={"for_": "for"}):
    who: Whom
    channel: Annotated[Literal["store", "web"], Meta(description="paid at a till, or in the web shop")]
    order_id: Annotated[Text, Meta(description="the till and the web shop name one order alike")]
    lines: Annotated[
        list[Line],
        Meta(min_length=1, max_length=500, description="one per article; of a return, what came back"),
    ]
    site: Annotated[Site, Meta(description="boutique where it was paid or brought back")] | None = None
    gift: (
        Annotated[bool, Meta(description="bought to be given: says nothing of the buyer's taste")] | None
    ) = None
    for_: Annotated[Who | None, Meta(description="whom the gift is for, if known")] = None
    staff: Annotated[Staff, Meta(description="id of who served the client")] | None = None
    changed: Annotated[
        bool, Meta(description="what an order is by now: one that nobody has told of is not placed by it")
    ] = False

    @property
    def given(self) -> bool:
        """Whether it is for somebody else: as it says, or because it names them."""
        return bool(self.gift) or self.for_ is not None


class StorePurchase(Event, frozen=True, kw_only=True, tag="store.purchase"):
    """An order is paid, at a till or on the web; told again, whole, where it was changed."""

    topic = "store.purchases"
    data: OrderData


class StoreReturn(Event, frozen=True, kw_only=True, tag="store.return"):
    """Articles of an order come back."""

    topic = "store.purchases"
    data: OrderData
