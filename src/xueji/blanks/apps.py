from django.apps import AppConfig


class BlanksConfig(AppConfig):
    name = "xueji.blanks"
    label = "blanks"
    verbose_name = "空白证书"

    def ready(self) -> None:
        """Make the kind of case known."""
        from xueji.blanks.kinds import BLANK_REQUEST
        from xueji.cases import kinds

        kinds.register(BLANK_REQUEST)
