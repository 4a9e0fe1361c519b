"""Pages of a school: clerk and leader."""
