from django.apps import AppConfig


class GraduationConfig(AppConfig):
    name = "xueji.graduation"
    label = "graduation"
    verbose_name = "毕业"

    def ready(self) -> None:
        """Make kinds of case and jobs known; follow corrections of the registry."""
        from xueji.cases import kinds
        from xueji.graduation import tasks  # noqa: F401  # registers its job
        from xueji.graduation.actions.corrections import follow_correction
        from xueji.graduation.kinds import GRADUATION_BATCH, SPECIAL_CASE
        from xueji.registry import changes

        kinds.register(GRADUATION_BATCH)
        kinds.register(SPECIAL_CASE)
        changes.follow(follow_correction)
