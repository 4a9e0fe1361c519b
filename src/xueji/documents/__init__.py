"""Printed documents, photographs and stored files: the only place that knows Typst."""
