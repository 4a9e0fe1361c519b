"""WSGI entry for granian or any other server."""

from __future__ import annotations

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from xueji.config.practice import refuse_wrong_database

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xueji.config.settings")
application = get_wsgi_application()
refuse_wrong_database(practice=settings.PRACTICE)
