from django.apps import AppConfig


class AttestationsConfig(AppConfig):
    name = "xueji.attestations"
    label = "attestations"
    verbose_name = "毕业证明"

    def ready(self) -> None:
        """Make the kinds of case known."""
        from xueji.attestations.kinds import ATTESTATION, CUSTODIAN_ATTESTATION
        from xueji.cases import kinds

        kinds.register(ATTESTATION)
        kinds.register(CUSTODIAN_ATTESTATION)
