"""What is kept closed at rest: sealed texts, keyed fingerprints, keys derived for a purpose (keys: `config/keys.py`)."""
