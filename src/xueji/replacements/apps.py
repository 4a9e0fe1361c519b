"""Replacement certificates: a kind of paper of its own on the one production line."""

from django.apps import AppConfig


class ReplacementsConfig(AppConfig):
    name = "xueji.replacements"
    label = "replacements"
    verbose_name = "学历证明书"

    def ready(self) -> None:
        """Make known the kind of paper, when it is handed out, what an approved application leads to, and the messages."""
        from xueji.applications.making_kinds import Making, register_making
        from xueji.certificates.stages import register_stage
        from xueji.messaging.kinds import register_wording
        from xueji.production import kinds
        from xueji.replacements.approved import check_approvable, queue_approved, reached_at
        from xueji.replacements.paperkind import ISSUE_KIND, REPLACEMENT, is_delivered
        from xueji.replacements.wordings import WORDINGS

        kinds.register(REPLACEMENT)
        register_stage("hand_out", is_delivered, kind=ISSUE_KIND)
        register_making(ISSUE_KIND, Making(check_approvable, queue_approved, reached_at))
        for key, wording in WORDINGS.items():
            register_wording(key, wording)
