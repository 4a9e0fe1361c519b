from django.apps import AppConfig


class ProductionConfig(AppConfig):
    name = "xueji.production"
    label = "production"
    verbose_name = "印制与验印"
