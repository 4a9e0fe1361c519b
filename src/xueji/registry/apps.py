from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "xueji.registry"
    label = "registry"
    verbose_name = "学籍"

    def ready(self) -> None:
        """Make the kinds of case and of upload known."""
        from xueji.cases import kinds
        from xueji.institutions.kinds import register_movable
        from xueji.messaging.kinds import Wording, register_wording
        from xueji.registry.actions.own_records import ANSWERED_TEMPLATE
        from xueji.registry.arrival_kinds import PUPIL_IN, TRANSFER_IN
        from xueji.registry.attendance_upload import ATTENDANCE
        from xueji.registry.bulk_upload import STATUS_CHANGES
        from xueji.registry.duplicate_kinds import DUPLICATE
        from xueji.registry.intake_upload import NEW_STUDENTS, TYPED_STUDENT
        from xueji.registry.kinds import FILING, PARTICULARS_CHANGE, STATUS_CHANGE
        from xueji.registry.national_upload import NATIONAL_REGISTRATIONS
        from xueji.registry.particulars_upload import PARTICULARS
        from xueji.registry.passing_kinds import ENROLMENTS_OF_SCHOOL
        from xueji.registry.transfer_kinds import TRANSFER_BETWEEN_SCHOOLS
        from xueji.registry.transfer_upload import TRANSFERS
        from xueji.uploads.kinds import register as register_upload

        register_movable("registry", ENROLMENTS_OF_SCHOOL)
        register_wording(
            ANSWERED_TEMPLATE, Wording("更正请求有了结果", "{school}：您申请更正「{field}」，{state}。详情请登录查看。")
        )
        kinds.register(PARTICULARS_CHANGE)
        kinds.register(STATUS_CHANGE)
        kinds.register(TRANSFER_BETWEEN_SCHOOLS)
        kinds.register(FILING)
        kinds.register(DUPLICATE)
        kinds.register(TRANSFER_IN)
        kinds.register(PUPIL_IN)
        register_upload(NEW_STUDENTS)
        register_upload(TYPED_STUDENT)
        register_upload(STATUS_CHANGES)
        register_upload(TRANSFERS)
        register_upload(PARTICULARS)
        register_upload(ATTENDANCE)
        register_upload(NATIONAL_REGISTRATIONS)
