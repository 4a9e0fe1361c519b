from django.apps import AppConfig

from xueji.web.field_words import speak_our_words


class WebConfig(AppConfig):
    name = "xueji.web"
    label = "web"
    verbose_name = "页面"

    def ready(self) -> None:
        """Name fields as we do, before any form is made; make pages of kinds known before the URL table is read."""
        speak_our_words()
        from xueji.web import casepages
        from xueji.web.authority import directory, licences  # noqa: F401  # register their pages
        from xueji.web.finding import kinds as finding
        from xueji.web.school import (  # noqa: F401  # register their pages
            admissions,
            attendance,
            bulk_changes,
            bulk_particulars,
            bulk_transfers,
            national,
            new_student,
            upload_pages,
        )
        from xueji.web.shared import comparisons  # noqa: F401  # registers its pages

        casepages.discover()
        finding.discover()
