"""Replacement certificates: a kind of paper of its own on the one production line."""

from django.apps import AppConfig


class ReplacementsConfig(AppConfig):
    name = "xueji.replacements"
    label = "replacements"
    verbose_name = "学历证明书"

    def ready(self) -> None:
        """Make the kind of paper and how its hand-out is known to be done known."""
        from xueji.certificates.stages import register_stage
        from xueji.production import kinds
        from xueji.replacements.paperkind import ISSUE_KIND, REPLACEMENT, is_delivered

        kinds.register(REPLACEMENT)
        register_stage("hand_out", is_delivered, kind=ISSUE_KIND)
