"""What is to be printed in the place of a lost diploma, and how it reaches its holder."""

from xueji.replacements.models.delivery import Delivery, DeliveryState, DeliveryWay
from xueji.replacements.models.replacements import Loss, Replacement, ReplacementState

__all__ = ["Delivery", "DeliveryState", "DeliveryWay", "Loss", "Replacement", "ReplacementState"]
