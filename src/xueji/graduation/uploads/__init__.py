"""What is uploaded about a batch: the list of graduates, and the records about them."""
