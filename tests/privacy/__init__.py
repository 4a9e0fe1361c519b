"""Whether an ID number can be put together from what is shown or stored: a crawl, a rebuilder, a scan."""
