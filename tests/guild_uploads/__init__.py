"""A kind of upload of the tests' own, with its page: a guild's school sends its crafts. No file of the product knows of it."""
