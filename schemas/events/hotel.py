"""In the hotel: booking, the way there, the stay."""

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta

from schemas.envelope import PERSONAL, Data, Event, Minor, Site, Text, Utc, Words
from schemas.who import Whom

Day = Annotated[date, Meta(description="local date at the hotel, YYYY-MM-DD")]
Heads = Annotated[int, Meta(ge=0, le=99, description="how many of the party")]
Room = Annotated[Text, Meta(description="number or name of the room, as the hotel's staff call it")]
Booking = Annotated[
    Text, Meta(description="the hotel system's number of the stay, the same from booking to checkout")
]


class BookingData(Data, frozen=True, kw_only=True):
    who: Whom
    site: Site
    booking_id: Booking
    status: Annotated[
        Literal["booked", "changed", "cancelled"],
        Meta(description="booked once; changed states the stay anew, whole; cancelled calls it off"),
    ]
    arrival: Day
    departure: Day
    adults: Heads
    children: Heads
    room_type: Annotated[Text, Meta(description="as the hotel names it: sea-view suite ...")] | None = None
    room: (
        Annotated[
            str,
            Meta(max_length=256, description="as staff call it; empty: the one named before is not theirs"),
        ]
        | None
    ) = None
    in_house: (
        Annotated[
            bool, Meta(description="takes back what was an error: a check-in (false), a check-out (true)")
        ]
        | None
    ) = None
    market: Annotated[Text, Meta(description="market segment: direct, corporate, groups ...")] | None = None
    channel: Annotated[Text, Meta(description="how it reached the hotel: direct, agency, gds ...")] | None = (
        None
    )
    agent: Annotated[Text, Meta(description="the agency's number, where one booked")] | None = None
    company: Annotated[Text, Meta(description="the company's number, where one pays")] | None = None
    party: Annotated[Text, Meta(description="transient, contract, group ...")] | None = None
    board: Annotated[Text, Meta(description="meals that go with the room: bb, hb, fb ...")] | None = None
    requests: (
        Annotated[
            list[Words],
            Meta(max_length=50, description="in the guest's words; empty: none any more", extra=PERSONAL),
        ]
        | None
    ) = None


class HotelBooking(Event, frozen=True, kw_only=True, tag="hotel.booking"):
    """A stay is booked, changed or cancelled."""

    topic = "hotel.bookings"
    data: BookingData


class ArrivalData(Data, frozen=True, kw_only=True):
    who: Whom
    site: Site
    booking_id: Booking
    eta: Annotated[Utc, Meta(description="when the guest is expected at the door")]
    by: Annotated[Text, Meta(description="taxi, train, flight number ...")] | None = None
    room: Room | None = None
    checked_in_remotely: (
        Annotated[bool, Meta(description="the formalities are done: no desk, straight to the room")] | None
    ) = None


class HotelArrival(Event, frozen=True, kw_only=True, tag="hotel.arrival"):
    """The guest is on the way; sent again whenever the expected time moves."""

    topic = "hotel.bookings"
    data: ArrivalData


class StayData(Data, frozen=True, kw_only=True):
    who: Whom
    site: Site
    booking_id: Booking
    room: Room | None = None
    service: Annotated[Text, Meta(description="bar, spa, laundry ...")] | None = None
    item: Annotated[Text, Meta(description="what was had or asked for", extra=PERSONAL)] | None = None
    amount: (
        Annotated[Minor, Meta(description="charged for it, in minor units of the maison's currency")] | None
    ) = None


class HotelCheckin(Event, frozen=True, kw_only=True, tag="hotel.checkin"):
    """The guest is at the desk or opened the room."""

    topic = "hotel.bookings"
    data: StayData


class HotelCheckout(Event, frozen=True, kw_only=True, tag="hotel.checkout"):
    """The stay is over."""

    topic = "hotel.bookings"
    data: StayData


class HotelService(Event, frozen=True, kw_only=True, tag="hotel.service"):
    """A service was asked for or given during the stay."""

    topic = "hotel.bookings"
    data: StayData
