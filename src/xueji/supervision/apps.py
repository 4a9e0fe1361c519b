from django.apps import AppConfig


class SupervisionConfig(AppConfig):
    name = "xueji.supervision"
    label = "supervision"
    verbose_name = "学籍监管"
