"""Benches: each module's `run()` returns figures and their ratio to a peer or to the physical limit of the same run."""
