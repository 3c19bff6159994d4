"""Segment's HTTP API, which RudderStack speaks too, as events of the contract.

| call | event |
| --- | --- |
| page, screen, track Product Viewed | `web.view` |
| track Product Added, Product Added to Wishlist | `web.cart`, `web.wish` |
| track Product Removed, Product Removed from Wishlist | the same, of a quantity of 0 |
| track Products Searched, Checkout Started | `web.search`, `web.checkout` |
| track Order Completed, Order Refunded | `store.purchase`, `store.return`, channel `web` |
| track Order Updated | `store.purchase` that is `changed`: what the order comes to by now |
| track Order Cancelled | `store.return` of its articles, of no money: that is for Order Refunded to tell |
| identify | `client.profile` |
| alias | `client.link` |
| any other track, group | `segment.track`, `segment.group`: no types of the contract, but kept |

An order that was changed is completed again, whole, under its `order_id`, or updated. Order Updated may come
before it is paid, so it places none: what it says counts once Order Completed has come, before or after; one
that tells no amount is kept. `messageId` is the event's id; `userId` is `client_id`, `anonymousId` is
`device_id`. What a call says besides is kept in `data.properties` or `data.traits`.
"""

from streams.adapters.segment.calls import Call, calls_of, event_of

__all__ = ["Call", "calls_of", "event_of"]
