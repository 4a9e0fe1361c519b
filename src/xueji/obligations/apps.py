from django.apps import AppConfig


class ObligationsConfig(AppConfig):
    name = "xueji.obligations"
    label = "obligations"
    verbose_name = "应办事项"

    def ready(self) -> None:
        """Have terms counted anew when a calendar changes; say what a school still owes."""
        from xueji.institutions.calendars import register_clock
        from xueji.institutions.open_work import register_open_work
        from xueji.obligations.actions import recount_obligations
        from xueji.obligations.queries import open_work

        register_clock("obligations.Obligation", recount_obligations)
        register_open_work("obligations", open_work)
