"""Printing and its runs, sealing, delivery to graduates, archive."""

from django.apps import AppConfig


class ProductionConfig(AppConfig):
    name = "xueji.production"
    label = "production"
    verbose_name = "印制与验印"

    def ready(self) -> None:
        """Make the kind of case, the job and the stages known."""
        from xueji.cases import kinds
        from xueji.certificates.stages import register_stage
        from xueji.production import (
            stages,
            tasks,  # noqa: F401  # registers its job
        )
        from xueji.production.actions.reprints import REPRINT

        kinds.register(REPRINT)
        register_stage("blanks", stages.has_blanks)
        register_stage("print", stages.is_printed)
        register_stage("seal", stages.is_sealed)
        register_stage("dispatch", stages.is_dispatched)
        register_stage("emboss", stages.is_embossed)
        register_stage("hand_out", stages.is_handed_out)
        register_stage("archive", stages.is_archived)
