"""Seasons, batches, candidates, intake of workbooks."""
