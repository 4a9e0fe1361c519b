"""Two lists held against each other: who is the same, what differs, who stands on one side only, who may be one person."""
