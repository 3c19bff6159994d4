"""On the web and in the app: each click; and public touches on social networks."""

from typing import Annotated, Literal

from msgspec import Meta

from schemas.envelope import PERSONAL, Category, Data, Event, Language, Sku, Text
from schemas.who import Whom

Url = Annotated[str, Meta(max_length=2048, description="address of the page", extra=PERSONAL)]


class WebData(Data, frozen=True, kw_only=True):
    who: Whom
    session: Annotated[Text, Meta(description="one visit of one browser")]
    url: Url | None = None
    sku: Sku | None = None
    category: Category | None = None
    query: (
        Annotated[str, Meta(max_length=512, description="what was searched for", extra=PERSONAL)] | None
    ) = None
    quantity: (
        Annotated[
            int,
            Meta(
                ge=0,
                le=1_000_000,
                description="in the cart, or on the list, after this: 0 where it was taken out; none means 1",
            ),
        ]
        | None
    ) = None
    language: Annotated[Language, Meta(description="of the page")] | None = None


class WebView(Event, frozen=True, kw_only=True, tag="web.view"):
    """A page or an article is looked at."""

    topic = "web.clicks"
    data: WebData


class WebCart(Event, frozen=True, kw_only=True, tag="web.cart"):
    """An article is put into the cart, or taken out of it."""

    topic = "web.clicks"
    data: WebData


class WebWish(Event, frozen=True, kw_only=True, tag="web.wish"):
    """An article is put on the wish list, or taken off it."""

    topic = "web.clicks"
    data: WebData


class WebSearch(Event, frozen=True, kw_only=True, tag="web.search"):
    """Something is searched for."""

    topic = "web.clicks"
    data: WebData


class WebCheckout(Event, frozen=True, kw_only=True, tag="web.checkout"):
    """The client starts to pay."""

    topic = "web.clicks"
    data: WebData


class SocialData(Data, frozen=True, kw_only=True):
    who: Whom
    network: Annotated[Text, Meta(description="where it happened: instagram, weibo, xiaohongshu ...")]
    kind: Annotated[
        Literal["like", "comment", "live", "miniprogram", "share"],
        Meta(description="liked, commented, watched live, opened a mini-program, shared"),
    ]
    sku: Sku | None = None


class SocialTouch(Event, frozen=True, kw_only=True, tag="social.touch"):
    """A public touch: a signal of taste, never quoted to the client."""

    topic = "web.clicks"
    data: SocialData
