from django.apps import AppConfig


class GraduationConfig(AppConfig):
    name = "xueji.graduation"
    label = "graduation"
    verbose_name = "毕业"

    def ready(self) -> None:
        """Make kinds of case, of upload and of paper known."""
        from xueji.blanks.demand import register_demand
        from xueji.cases import kinds
        from xueji.certificates.stages import register_stage
        from xueji.graduation.actions.duties import record_graduated
        from xueji.graduation.demand import graduates_in_need
        from xueji.graduation.groups import numbers_suffice
        from xueji.graduation.issues import of_batch
        from xueji.graduation.kinds import CERTIFICATE_CASES, GRADUATION_BATCH, NUMBER_APPLICATION, SPECIAL_CASE
        from xueji.graduation.open_work import open_work
        from xueji.graduation.paperkind import GRADUATION
        from xueji.graduation.records import eligibility
        from xueji.graduation.season_authority import ISSUE_KIND
        from xueji.graduation.uploads.graduates import GRADUATES
        from xueji.graduation.uploads.records import RECORD_UPLOADS
        from xueji.institutions.open_work import register_open_work
        from xueji.obligations.effects import register_effect
        from xueji.production.kinds import register as register_paper
        from xueji.uploads import kinds as uploads

        for upload_kind in (GRADUATES, *RECORD_UPLOADS):
            uploads.register(upload_kind)
        for kind in (GRADUATION_BATCH, SPECIAL_CASE, NUMBER_APPLICATION, *CERTIFICATE_CASES):
            kinds.register(kind)
        for stage, is_done in (
            ("apply_numbers", numbers_suffice),
            ("spot_check", eligibility.is_spot_checked),
            ("record_graduated", eligibility.is_recorded_graduated),
        ):
            register_stage(stage, of_batch(is_done), kind=ISSUE_KIND)
        register_paper(GRADUATION)
        register_effect("record_graduated", record_graduated)
        register_open_work("graduation", open_work)
        register_demand(graduates_in_need)
        _join_the_register()


def _join_the_register() -> None:
    """Follow corrections of the registry; name what graduation knows to be mended there, and whom it has in hand."""
    from xueji.graduation.actions.corrections import follow_correction
    from xueji.graduation.queries.from_register import listed_enrolments
    from xueji.graduation.register_problems import UNLISTED, WITHOUT_PHOTOGRAPH
    from xueji.registry import changes
    from xueji.registry.queries.passing import register_in_hand
    from xueji.registry.queries.term_checks import register_problem

    changes.follow(follow_correction)
    for problem in (UNLISTED, WITHOUT_PHOTOGRAPH):
        register_problem(problem)
    register_in_hand("graduation", listed_enrolments)
