from django.apps import AppConfig


class SupervisionConfig(AppConfig):
    name = "xueji.supervision"
    label = "supervision"
    verbose_name = "学籍监管"

    def ready(self) -> None:
        """Make the kinds of upload known."""
        from xueji.supervision.comparison_kinds import COMPARISON, COMPARISON_BY_AUTHORITY
        from xueji.uploads.kinds import register

        register(COMPARISON)
        register(COMPARISON_BY_AUTHORITY)
