"""The pages of each kind of case: a file a kind, found by `web.casepages.discover`; nothing else lists them."""
