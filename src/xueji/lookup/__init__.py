"""Public checks of a certificate: a narrow window on the data."""
