from django.apps import AppConfig


class BlanksConfig(AppConfig):
    name = "xueji.blanks"
    label = "blanks"
    verbose_name = "空白证书"

    def ready(self) -> None:
        """Make the kind of case known, and what a school still holds."""
        from xueji.blanks.kinds import BLANK_REQUEST
        from xueji.blanks.open_work import open_work
        from xueji.cases import kinds
        from xueji.institutions.open_work import register_open_work

        kinds.register(BLANK_REQUEST)
        register_open_work("blanks", open_work)
