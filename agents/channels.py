"""Channels in words, and those a client has refused: a caution for whoever chooses how to reach them."""

from agents.moment import Moment
from agents.phrase import Phrase

WHERE = {
    "whatsapp": "on WhatsApp",
    "messenger": "on Messenger",
    "instagram": "on Instagram",
    "wechat": "on WeChat",
    "weibo": "on Weibo",
    "line": "on LINE",
    "kakaotalk": "on KakaoTalk",
    "sms": "by SMS",
    "email": "by e-mail",
    "phone": "by telephone",
    "app": "in the app",
    "web": "on the web",
    "mail": "by post",
    "store": "in a boutique",
}


def refused(moment: Moment, purpose: str) -> list[Phrase]:
    """One caution that names the channels on which a purpose is refused; none where all are open."""
    channels = [where for channel, where in WHERE.items() if not moment.allows(purpose, channel)]
    return [Phrase(f"Reaching them {', '.join(channels)}: refused", "consent.channel")] if channels else []
