"""Pictures, in scikit-learn's Display style; matplotlib is needed only when one is drawn."""

from sklearn_infoshape.displays.leakage import LeakageDisplay
from sklearn_infoshape.displays.partition import PartitionDisplay
from sklearn_infoshape.displays.tradeoff import TradeoffDisplay
from sklearn_infoshape.displays.training import TrainingDisplay

__all__ = ["LeakageDisplay", "PartitionDisplay", "TradeoffDisplay", "TrainingDisplay"]
