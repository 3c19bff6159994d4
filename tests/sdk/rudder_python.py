"""The stock rudder-sdk-python: `rudder_python.py URL KEY`."""

import sys

import rudderstack.analytics as analytics

analytics.host, analytics.write_key = sys.argv[1:3]
analytics.identify("client-001", {"email": "a.dupont@example.com", "firstName": "Aline"})
analytics.track("client-001", "Product Viewed", {"sku": "bag-aurore", "price": 3450.0, "currency": "EUR"})
analytics.page("client-001", "Catalogue", "Handbags", {"url": "https://example.com/fr/handbags"})
products = [{"sku": "bag-aurore", "price": 3450.0, "quantity": 1}]
analytics.track("client-001", "Order Completed", {"order_id": "o-1", "currency": "EUR", "products": products})
analytics.track("client-001", "Order Completed", {"total": "no order id: rejected"})
analytics.alias("visitor-9", "client-001")
analytics.shutdown()
