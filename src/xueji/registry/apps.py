from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "xueji.registry"
    label = "registry"
    verbose_name = "学籍"
