from django.apps import AppConfig


class GraduationConfig(AppConfig):
    name = "xueji.graduation"
    label = "graduation"
    verbose_name = "毕业"

    def ready(self) -> None:
        """Make kinds of case and jobs known; follow corrections of the registry."""
        from xueji.cases import kinds
        from xueji.graduation import (
            stages,
            tasks,  # noqa: F401  # registers its job
        )
        from xueji.graduation.actions.corrections import follow_correction
        from xueji.graduation.kinds import GRADUATION_BATCH, SPECIAL_CASE
        from xueji.registry import changes

        kinds.register(GRADUATION_BATCH)
        kinds.register(SPECIAL_CASE)
        stages.register_stage("approve", stages.is_approved)
        stages.register_stage("number", stages.is_numbered)
        changes.follow(follow_correction)
