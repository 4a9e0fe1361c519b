from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "xueji.cases"
    label = "cases"
    verbose_name = "办件"
