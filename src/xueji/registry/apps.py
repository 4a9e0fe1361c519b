from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "xueji.registry"
    label = "registry"
    verbose_name = "学籍"

    def ready(self) -> None:
        """Make the kinds of case known."""
        from xueji.cases import kinds
        from xueji.registry.kinds import PARTICULARS_CHANGE, STATUS_CHANGE

        kinds.register(PARTICULARS_CHANGE)
        kinds.register(STATUS_CHANGE)
