"""What the search box finds: a file a kind, found by `web.finding.kinds.discover`; nothing else lists them."""
