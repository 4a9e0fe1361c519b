"""WSGI entry for granian or any other server."""

from __future__ import annotations

import gc
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
from xueji.policy import get_library

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xueji.config.settings")
_YOUNG = 20_000  # containers made between two looks for garbage; a page of a list makes some ten thousand


def _settle() -> None:
    """Load the packs before the first request, then keep the collector away from what stays for good.

    Every full collection would walk all packs, models and URL patterns again: 100 ms now and then, in the middle of
    somebody's page.
    """
    get_library()
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, 10, 10)


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
_settle()
