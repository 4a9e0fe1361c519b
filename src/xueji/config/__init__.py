"""Settings, URL table, WSGI entry and the launcher of the evaluation database."""
