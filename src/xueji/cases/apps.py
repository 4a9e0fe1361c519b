from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "xueji.cases"
    label = "cases"
    verbose_name = "办件"

    def ready(self) -> None:
        """Have the terms of steps follow the calendar."""
        from xueji.cases.clock_actions import recount_steps
        from xueji.institutions.calendars import register_clock

        register_clock("cases.Step", recount_steps)
