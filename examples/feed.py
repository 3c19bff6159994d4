"""Feeds the demo from the stock Segment SDK: `python examples/feed.py [URL]`."""

import sys

import segment.analytics as analytics

analytics.host, analytics.write_key = (sys.argv[1:] or ["http://127.0.0.1:8080"])[0], "demo"
analytics.identify("client-042", {"email": "a.dupont@example.com"})
analytics.track("client-042", "Product Viewed", {"sku": "bag-aurore"})
bought = [{"sku": "bag-aurore", "price": 3450.00, "quantity": 1}]
analytics.track("client-042", "Order Completed", {"order_id": "o-1", "currency": "EUR", "products": bought})
analytics.shutdown()
