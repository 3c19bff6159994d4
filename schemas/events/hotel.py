"""In the hotel: booking, the way there, the stay."""

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta

from schemas.envelope import Data, Event, Minor, Site, Text, Utc, Words
from schemas.who import Who

Day = Annotated[date, Meta(description="local date at the hotel, YYYY-MM-DD")]
Heads = Annotated[int, Meta(ge=0, le=99)]


class BookingData(Data, frozen=True, kw_only=True):
    who: Who
    site: Site
    booking_id: Text
    status: Literal["booked", "changed", "cancelled"]
    arrival: Day
    departure: Day
    adults: Heads
    children: Heads
    room_type: Text | None = None
    requests: Annotated[list[Words], Meta(max_length=50, description="in the guest's words")] | None = None


class HotelBooking(Event, frozen=True, kw_only=True, tag="hotel.booking"):
    """A stay is booked, changed or cancelled."""

    topic = "hotel.bookings"
    data: BookingData


class ArrivalData(Data, frozen=True, kw_only=True):
    who: Who
    site: Site
    booking_id: Text
    eta: Annotated[Utc, Meta(description="expected at the door")]
    by: Annotated[Text, Meta(description="taxi, train, flight number ...")] | None = None
    checked_in_remotely: bool | None = None


class HotelArrival(Event, frozen=True, kw_only=True, tag="hotel.arrival"):
    """The guest is on the way; sent again whenever the expected time moves."""

    topic = "hotel.bookings"
    data: ArrivalData


class StayData(Data, frozen=True, kw_only=True):
    who: Who
    site: Site
    booking_id: Text
    room: Text | None = None
    service: Annotated[Text, Meta(description="bar, spa, laundry ...")] | None = None
    item: Annotated[Text, Meta(description="what was had or asked for")] | None = None
    amount: Minor | None = None


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
