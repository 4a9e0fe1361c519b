from django.apps import AppConfig


class InstitutionsConfig(AppConfig):
    name = "xueji.institutions"
    label = "institutions"
    verbose_name = "机构"
