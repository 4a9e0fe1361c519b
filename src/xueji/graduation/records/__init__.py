"""Records about graduates beside the list, the receipt, the spot check, and what is published of them."""
