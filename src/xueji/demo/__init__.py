"""A synthetic city: the same every time from a seed."""
