from django.apps import AppConfig


class SupervisionConfig(AppConfig):
    name = "xueji.supervision"
    label = "supervision"
    verbose_name = "学籍监管"

    def ready(self) -> None:
        """Make the kinds of upload known, what restrictions bar, and who acts for schools."""
        from xueji.institutions.steward_kinds import Stewards, register_stewards
        from xueji.registry.bar_kinds import register_bars
        from xueji.supervision.comparison_kinds import COMPARISON, COMPARISON_BY_AUTHORITY
        from xueji.supervision.restriction_queries import bars_for
        from xueji.supervision.stewardship_queries import acting_posts, acts_elsewhere, steward_of
        from xueji.uploads.kinds import register

        register(COMPARISON)
        register(COMPARISON_BY_AUTHORITY)
        register_bars("supervision", bars_for)
        register_stewards(Stewards(steward_of, acts_elsewhere, acting_posts))
