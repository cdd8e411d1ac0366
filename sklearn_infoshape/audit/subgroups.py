"""The subgroups of rows of which a release gives most away: searched on rows, tested on others."""

from dataclasses import replace

import numpy as np
from sklearn.tree import DecisionTreeClassifier

from sklearn_infoshape.audit.attack_spec import AttackSpec
from sklearn_infoshape.audit.attackers import fresh_attackers
from sklearn_infoshape.audit.calibration import class_shares
from sklearn_infoshape.data.scaling import CompressExtremes
from sklearn_infoshape.information import pointwise_information
from sklearn_infoshape.information.entropy import mixed_with_prior
from sklearn_infoshape.runtime.process import plain_sklearn

__all__ = ["NO_SUBGROUP", "subgroup_specs"]

_MOST_CONFIRMED = 5
_MOST_ALIKE = 0.8  # of the rows of two cells together, those of both
_FEWEST_TRAINED = 50
_FEWEST_TESTED = 30
_FEWEST_OF_A_CLASS = 5
_ERRORS = 2.0  # standard errors below the figure by which cells are ranked
_RIDGE = 1.0
NO_SUBGROUP = (
    f"subgroups: none was attacked. No cell has {_FEWEST_TRAINED} attackers' rows and "
    f"{_FEWEST_TESTED} test rows, with {_FEWEST_OF_A_CLASS} of each of two classes in both."
)


@plain_sklearn()
def subgroup_specs(inputs, settings):
    """Attacks within the cells where attackers' own rows give most away.

    Parameters
    ----------
    inputs : AuditInputs
        With cells.
    settings : AuditSettings

    Returns
    -------
    list of AttackSpec
        At most five an attribute, whose limits hold together.
    """
    search = np.r_[inputs.parts.train, inputs.parts.calibration]
    Z = inputs.Z if inputs.is_code else CompressExtremes().fit(inputs.Z[search]).transform(inputs.Z)
    found = []
    for target in inputs.attacked:
        scored = []
        for cell in inputs.cells:
            own = replace(
                target,
                name=f"{target.name} where {cell.name}",
                classes=np.where(cell.inside, target.classes, -1),
                values=None,
            )
            if not _is_attackable(own, inputs.parts):
                continue
            rows = search[own.known[search]]
            if inputs.is_code:
                score = _plugin_score(inputs.codes[rows], own.classes[rows])
            else:
                score = _fitted_score(Z[rows], own.classes[rows], settings.seed)
            scored.append((score, own))
        found += _best(scored)
    names = ("code",) if inputs.is_code else ("linear", "boosting")
    together = 1 - (1 - settings.confidence) / max(1, len(found))
    return [
        AttackSpec(
            "subgroup",
            inputs.Z,
            own,
            fresh_attackers(names, settings.seed),
            {},
            n_permutations=settings.n_permutations,
            confidence=together,
        )
        for own in found
    ]


def _is_attackable(target, parts):
    for part, fewest in ((parts.train, _FEWEST_TRAINED), (parts.test, _FEWEST_TESTED)):
        classes = target.classes[part][target.known[part]]
        if len(classes) < fewest:
            return False
        if (np.bincount(classes, minlength=2) >= _FEWEST_OF_A_CLASS).sum() < 2:
            return False
    return True


def _best(scored):
    """The cells with the best scores, none of them nearly the rows of another."""
    kept: list = []
    for _, own in sorted(scored, key=lambda pair: -pair[0]):
        shares = [(own.known & o.known).sum() / (own.known | o.known).sum() for o in kept]
        if max(shares, default=0.0) < _MOST_ALIKE:
            kept.append(own)
        if len(kept) == _MOST_CONFIRMED:
            break
    return kept


def _plugin_score(codes, classes):
    """Plug-in information in nats, less bias (Miller 1955) and standard errors of independence."""
    which, own = (np.unique(v, return_inverse=True)[1].ravel() for v in (codes, classes))
    table = np.zeros((which.max() + 1, own.max() + 1))
    np.add.at(table, (which, own), 1.0 / len(own))
    freedom = (table.shape[0] - 1) * (table.shape[1] - 1)
    slack = (freedom + _ERRORS * np.sqrt(2 * freedom)) / (2 * len(own))
    return float((table * pointwise_information(table)).sum() - slack)


def _fitted_score(Z, classes, seed):
    """Nats that the better of a small tree and a ridge regression recovers, less two errors."""
    own = np.unique(classes, return_inverse=True)[1].ravel()
    n_classes = own.max() + 1
    fold = np.random.default_rng(seed).permutation(len(own)) % 2
    gains = np.zeros((2, len(own)))
    for number in range(2):
        train, judged = fold != number, fold == number
        prior = class_shares(own[train], 0 * own[train], n_classes, 1)[0]
        tree = DecisionTreeClassifier(max_depth=3, min_samples_leaf=10, random_state=seed)
        tree.fit(Z[train], own[train])
        guesses = np.zeros((2, judged.sum(), n_classes))
        guesses[0][:, tree.classes_] = tree.predict_proba(Z[judged])
        guesses[1] = _ridge(Z[train], np.eye(n_classes)[own[train]], Z[judged])
        for gain, guess in zip(gains, guesses, strict=True):
            mixed = mixed_with_prior(0.9 * guess + 0.1 * prior, prior)
            gain[judged] = np.log(mixed / prior)[np.arange(judged.sum()), own[judged]]
    scores = gains.mean(axis=1) - _ERRORS * gains.std(axis=1) / np.sqrt(len(own))
    return float(scores.max())


def _ridge(Z, targets, fresh):
    """Class shares that a linear regression expects."""
    centre, scale = Z.mean(axis=0), Z.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    rows, others = ((own - centre) / scale for own in (Z, fresh))
    mean = targets.mean(axis=0)
    weights = np.linalg.solve(
        rows.T @ rows + _RIDGE * np.eye(rows.shape[1]), rows.T @ (targets - mean)
    )
    expected = np.clip(mean + others @ weights, 0.01, None)
    return expected / expected.sum(axis=1, keepdims=True)
