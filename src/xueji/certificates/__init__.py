"""The book of numbers and the certificates issued from it."""
