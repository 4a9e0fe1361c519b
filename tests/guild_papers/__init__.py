"""A kind of paper of the tests' own: a letter of one certificate, released without any batch."""
