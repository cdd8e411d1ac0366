"""How a release is judged: fresh attackers on fresh rows, certificates, the report."""

from sklearn_infoshape.audit.attack_spec import AttackResult
from sklearn_infoshape.audit.attackers import fresh_attackers
from sklearn_infoshape.audit.baselines import Floor
from sklearn_infoshape.audit.certificate import LeakageCertificate
from sklearn_infoshape.audit.certify import certify_leakage
from sklearn_infoshape.audit.intervals import Figure
from sklearn_infoshape.audit.leakage import audit_leakage
from sklearn_infoshape.audit.ledger import LeakageLedger
from sklearn_infoshape.audit.low_digits import LowDigits
from sklearn_infoshape.audit.permutation import Null
from sklearn_infoshape.audit.upper_limits import AtMost
from sklearn_infoshape.audit.worst_codes import CodeLimits
from sklearn_infoshape.reports.report import LeakageReport

__all__ = [
    "AtMost",
    "AttackResult",
    "CodeLimits",
    "Figure",
    "Floor",
    "LeakageCertificate",
    "LeakageLedger",
    "LeakageReport",
    "LowDigits",
    "Null",
    "audit_leakage",
    "certify_leakage",
    "fresh_attackers",
]
