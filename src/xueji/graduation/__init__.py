"""Seasons, batches, candidates, intake of workbooks, duties afterwards."""
