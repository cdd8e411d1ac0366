"""What a release says of s beyond what is known: two attackers compared row by row."""

import numpy as np

from sklearn_infoshape.audit.attack_spec import AttackResult
from sklearn_infoshape.audit.intervals import Statistic, exponential_weights, intervals
from sklearn_infoshape.audit.metrics import Decisions, null_scores
from sklearn_infoshape.audit.permutation import permutation_null
from sklearn_infoshape.audit.predictions import person_weights, persons_of, priors, settle

__all__ = ["KNOWN_ALONE", "beyond_known", "share_out"]

KNOWN_ALONE = "known alone"
_RESAMPLED = "{}, release resampled"


def share_out(alone, both, n_rows):
    """Give to each side the guesses that are its own.

    What attackers on known columns and release guess with releases that are drawn given the known
    columns, on average over the draws, is a guess with the known columns alone.

    Parameters
    ----------
    alone, both : dict of str to list of two ndarray
        Guesses of calibration and test rows of each attacker; changed.
    n_rows : tuple of int
        Calibration and test rows.
    """
    for name, guesses in list(both.items()):
        stacked = [
            guess.reshape(-1, n, guess.shape[1]) for guess, n in zip(guesses, n_rows, strict=True)
        ]
        both[name] = [guess[0] for guess in stacked]
        alone[_RESAMPLED.format(name)] = [guess[1:].mean(axis=0) for guess in stacked]


def beyond_known(spec, rows, guesses, results, terms):
    """The difference between what is recovered with the release and without.

    Parameters
    ----------
    spec : AttackSpec
        Of known columns and release.
    rows : tuple of three ndarray of int
        Labelled rows of training, calibration and test.
    guesses : tuple of two dict
        As in :func:`share_out`.
    results : sequence of two AttackResult
        Of the known columns alone, and with the release.
    terms : Terms

    Returns
    -------
    AttackResult
        Of bits alone. With finitely many known values there is a null: labels are permuted among
        rows of the same known values, which is exact.
    """
    rng = np.random.default_rng(terms.settings.seed)
    confidence = spec.confidence or terms.settings.confidence
    _, calibration, test = rows
    target, strata = spec.target, np.zeros(len(spec.Z), dtype=int)
    prior = priors(target, strata, np.r_[rows[0], calibration], terms)
    weights, tuning_weights = person_weights(terms, test), person_weights(terms, calibration)
    groups, labels = persons_of(terms, test), target.classes[calibration]
    classes = target.classes[test]

    def settled(own):
        parts = strata[calibration], strata[test]
        return settle(own[0], own[1], prior, parts, labels, tuning_weights)

    names = [result.best["bits"] for result in results]
    alone, both = (settled(own[name]) for own, name in zip(guesses, names, strict=True))
    gained = _log2_of(both.predicted, classes) - _log2_of(alone.predicted, classes)
    tuned = _log2_of(both.seen, labels) - _log2_of(alone.seen, labels)
    draws = exponential_weights(groups.max() + 1, terms.settings.n_resamples, rng)
    figure = _difference(gained, prior.overall, alone.floor, both.floor)
    name = f"{names[1]} less {names[0]}"
    null = None
    n_permutations = terms.settings.n_permutations
    if spec.exchange is not None and n_permutations:
        scores = []
        for own in (own for key, own in guesses[1].items() if key != KNOWN_ALONE):
            found = settled(own)
            decisions = Decisions(
                found.seen, labels, prior.overall, groups=persons_of(terms, calibration)
            )
            scores.append(null_scores(found.predicted, classes, decisions, weights))
        # Within strata of what is known, what is known alone says the same whatever is permuted.
        recovered = -np.average(_log2_of(alone.predicted, classes), weights=weights)
        null = permutation_null(
            np.array(scores),
            recovered,
            classes,
            groups,
            spec.exchange[test],
            n_permutations,
            confidence,
            rng,
        )
    return AttackResult(
        role="beyond known",
        name=target.name,
        figures={name: intervals({"bits": figure}, groups, draws, confidence, rng)},
        best={"bits": name},
        null=null,
        entropy=results[1].entropy,
        calibration_bits=float(np.average(tuned, weights=tuning_weights)),
        n_classes=target.n_classes,
        n_test=len(test),
        n_groups=int(groups.max()) + 1,
    )


def _log2_of(predicted, classes):
    return np.log2(predicted[np.arange(len(classes)), classes])


def _difference(gained, shares, floor_alone, floor_both):
    """The mean of paired differences, with the worst and the best row that there can be.

    No prediction is below a share of the prior that calibration rows fixed, hence none is above
    one less that share of the other classes'.
    """
    least, most = (
        np.log2(floor * shares / (1 - other * (1 - shares))).min()
        for floor, other in ((floor_both, floor_alone), (floor_alone, floor_both))
    )
    return Statistic(
        np.column_stack([gained, np.ones(len(gained))]),
        lambda t: t[:, 0] / t[:, 1],
        np.array([[least, 1.0]]),
        np.array([[-most, 1.0]]),
        upper_function=lambda t: np.minimum(t[:, 0] / t[:, 1], np.log2(len(shares))),
    )
