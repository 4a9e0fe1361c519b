"""Append-only events: who did what, when, under which pack."""
