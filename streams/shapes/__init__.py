"""Bodies of HTTP that are no event and no alert: what people's pages and machines ask and are answered."""
