"""Messages to people: an outbox with retries behind one adapter."""
