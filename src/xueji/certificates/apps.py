from django.apps import AppConfig


class CertificatesConfig(AppConfig):
    name = "xueji.certificates"
    label = "certificates"
    verbose_name = "证书"

    def ready(self) -> None:
        """Say when the stages are done that every kind of issue goes through."""
        from xueji.certificates import stages

        stages.register_stage("approve", stages.is_approved)
        stages.register_stage("number", stages.is_numbered)
