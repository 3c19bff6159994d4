// The stock @segment/analytics-node: node segment_node.mjs URL KEY
import { Analytics } from '@segment/analytics-node'

const [host, writeKey] = process.argv.slice(2)
const analytics = new Analytics({ host, writeKey })
const userId = 'client-001'
const products = [{ sku: 'bag-aurore', price: 3450, quantity: 1 }]
analytics.identify({ userId, traits: { email: 'a.dupont@example.com', firstName: 'Aline' } })
analytics.track({ userId, event: 'Product Viewed', properties: { sku: 'bag-aurore', price: 3450, currency: 'EUR' } })
analytics.page({ userId, name: 'Handbags', properties: { url: 'https://example.com/fr/handbags' } })
analytics.track({ userId, event: 'Order Completed', properties: { order_id: 'o-1', currency: 'EUR', products } })
analytics.track({ userId, event: 'Order Completed', properties: { total: 'no order id: rejected' } })
analytics.alias({ userId, previousId: 'visitor-9' })
await analytics.closeAndFlush()
