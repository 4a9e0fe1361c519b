"""WSGI entry for granian or any other server."""

from __future__ import annotations

import logging
import os
import sys

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import InterfaceError, OperationalError

from xueji.config.lineage import die_with_parent
from xueji.config.liveness import OVERDUE_BEHIND_PROXY, OVERDUE_ON_PORT, Watch, give_signs
from xueji.config.practice import refuse_wrong_database
from xueji.config.proxy import behind_proxy
from xueji.config.settling import settle

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xueji.config.settings")

die_with_parent()  # a child of a killed page server would go on holding its address
watch = Watch(OVERDUE_BEHIND_PROXY if settings.PROXY else OVERDUE_ON_PORT)
give_signs(watch.is_stuck)
application = watch.over(behind_proxy(get_wsgi_application()) if settings.PROXY else get_wsgi_application())
try:
    refuse_wrong_database(practice=settings.PRACTICE)
except (OperationalError, InterfaceError):
    # It is started again in a moment; a traceback each time would bury what matters.
    logging.getLogger("xueji.pages").warning("the database does not answer yet")
    sys.exit(1)
settle()
