"""The portal of applicants: graduates who apply on their phone, page by page."""
