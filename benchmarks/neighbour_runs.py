"""Releases whose rows' labels are looked for in the codes of their neighbours, and the tables.

Parts "coins", "laws" and "lessening" of ``benchmarks.keyed_folds``.
"""

import sys
from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from sklearn.cluster import KMeans
from sklearn.ensemble import BaggingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.data import load
from benchmarks.neighbour_attacks import ATTACKS, NEIGHBOURS_TELL, NeighbourAttacks, combined
from sklearn_infoshape import CategoricalChannel, InfoShapeTransformer, PosteriorFeatures
from sklearn_infoshape.posterior.members import MEMBERS
from sklearn_infoshape.release.estimates import code_bits

__all__ = ["LAWS", "print_laws", "print_lessening", "print_random"]

COLUMNS = 10
SEEDS = {300: 10, 600: 5, 1000: 6, 3000: 3}
QUICK_SEEDS = 2
LAWS = {"planted": (300, 1000, 3000), "compas": (300, 1000, 3000), "digits": (300, 600)}
LAW_MEMBERS = {
    "planted": ("linear", "kernel"),
    "compas": ("linear", "kernel", "boosting", "auto"),
    "digits": ("linear", "kernel"),
}
LESSENED = (("planted", 300), ("compas", 1000))
LABELS = ("y", "s")


@dataclass(frozen=True)
class Rows:
    """Features, labels, and what is known of each label but for the release.

    Attributes
    ----------
    X : ndarray of shape (n, p)
    labels : dict of str to ndarray of shape (n,)
        y and s: 0 and 1.
    logits : dict of str to ndarray of shape (n,), or None
    """

    X: np.ndarray
    labels: dict
    logits: dict | None = None

    def take(self, rows):
        """Some of the rows."""
        logits = self.logits and {name: values[rows] for name, values in self.logits.items()}
        labels = {name: values[rows] for name, values in self.labels.items()}
        return Rows(self.X[rows], labels, logits)


def _random(n, rng):
    return Rows(rng.normal(size=(n, COLUMNS)), {name: rng.integers(0, 2, n) for name in LABELS})


def _planted(n, rng):
    """The law is known: .24 bits of y and of s in X, and y and s share a column of it."""
    X = rng.normal(size=(n, COLUMNS))
    logits = {"y": 1.2 * (X[:, 0] + X[:, 1]), "s": 1.2 * (X[:, 1] + X[:, 2])}
    drawn = {name: (rng.random(n) < expit(values)).astype(int) for name, values in logits.items()}
    return Rows(X, drawn, logits)


def _real(name, n, rng):
    """Rows to fit, as many fresh ones where there are, and logits by a model of the others."""
    data = load(name)
    order = rng.permutation(len(data.X))
    fitted, others = order[:n], order[n:]
    fresh, reference = np.split(others, [min(n, len(others) // 2)])
    used = np.concatenate([fitted, fresh])
    labels, logits = {}, {}
    for label, values in (("y", data.y), ("s", data.s.astype(int))):
        model = make_pipeline(StandardScaler(), LogisticRegression(C=0.3, max_iter=300))
        model.fit(data.X[reference], values[reference])
        labels[label] = values[used]
        logits[label] = model.decision_function(data.X[used])
    return Rows(data.X[used], labels, logits)


def law(name, n, seed):
    """Rows to fit on, and fresh rows.

    Parameters
    ----------
    name : {"random", "planted", "compas", "digits"}
    n : int
    seed : int

    Returns
    -------
    fitted, fresh : Rows
    """
    rng = np.random.default_rng(seed)
    if name in ("random", "planted"):
        rows = (_random if name == "random" else _planted)(2 * n, rng)
    else:
        rows = _real(name, n, rng)
    return rows.take(slice(0, n)), rows.take(slice(n, None))


def member(posterior, **settings):
    """A form of release: of (X, seed), an unfitted transformer and what it is given for X."""

    def form(X, seed):
        # One start of stage two is enough for what is asked here, and takes half the time.
        return InfoShapeTransformer(
            1.0,
            posterior=posterior,
            channel=CategoricalChannel(n_init=1),
            random_state=seed,
            **settings,
        ), np.asarray

    return form


def attacked(name, n, seed, forms, forest):
    """Guesses of labels from the releases of several forms, of one law's rows.

    ``forest``: whether by a forest too, which takes most of the time.

    Yields
    ------
    form : str
    label : {"y", "s"}
    fitted, fresh : (Rows, dict of str to ndarray)
        The scores of each attack.
    codes : ndarray of shape (m, K)
        Released for the fresh rows.
    """
    fitted, fresh = law(name, n, seed)
    attacks = NeighbourAttacks(fitted.X, fresh.X, seed)
    for key, form in forms.items():
        shaper, given = form(fitted.X, seed)
        shaper.fit(given(fitted.X), fitted.labels["y"], fitted.labels["s"])
        codes, others = shaper.transform(given(fitted.X)), shaper.transform(given(fresh.X))
        said = what_codes_say(shaper, given(fitted.X), codes)
        for label, of_codes in zip(LABELS, said, strict=True):
            of_fitted, of_fresh = attacks.scores(codes @ of_codes, others @ of_codes, forest)
            yield key, label, (fitted, of_fitted), (fresh, of_fresh), others


def what_codes_say(shaper, X, codes):
    """p(label is 1 | code) for y and for s, shape (2, K), as who knows the codebook sees it.

    By the mean of what stage one says of a code's rows: no observed label is in it.
    """
    sample, _ = shaper._read_rows(X)
    posteriors = shaper.release_.features(sample)[:, 1::2]
    return (codes.T @ posteriors / np.maximum(codes.sum(axis=0), 1)[:, None]).T


def over_seeds(values):
    """Mean and standard error, in words."""
    values = np.asarray(values)
    return f"{values.mean():.3f} ± {values.std(ddof=1) / len(values) ** 0.5:.3f}"


def seeds_of(n, quick):
    """How many releases of n rows are made."""
    return QUICK_SEEDS if quick else SEEDS[n]


def collect(name, n, forms, figures, seeds):
    """Figures of each form and label, a list over seeds."""
    found = {}
    for seed in range(seeds):
        for form, label, fitted, fresh, codes in attacked(name, n, seed, forms, figures is aucs):
            for key, value in figures(label, fitted, fresh, codes).items():
                found.setdefault((form, label, key), []).append(value)
        print(name, n, seed, "done", file=sys.stderr)
    return found


def aucs(label, fitted, fresh, codes):
    """AUC of each attack on fitted and on fresh rows."""
    return {
        (attack, which): roc_auc_score(rows.labels[label], values)
        for which, (rows, scores) in (("fitted", fitted), ("fresh", fresh))
        for attack, values in scores.items()
    }


def beyond(label, fitted, fresh, codes):
    """What X and a row's own code tell, and what the neighbours' codes add to it."""
    figures = {}
    for which, (rows, scores) in (("fitted", fitted), ("fresh", fresh)):
        known = [rows.logits[label], scores["own code alone"]]
        without = combined(known, rows.labels[label])
        with_all = combined(
            [*known, *(scores[name] for name in NEIGHBOURS_TELL)], rows.labels[label]
        )
        figures[which], figures["added", which] = without, with_all - without
    figures["difference"] = figures["added", "fitted"] - figures["added", "fresh"]
    return figures


def print_random(quick):
    """A table for each n: attacks by members."""
    print(
        "AUC of a row's own label, which is a coin, as an attacker finds it in X "
        f"({COLUMNS} normal columns)\nand in the codes of all released rows at λ = 1: mean over "
        "seeds ± standard error, and after the\nstroke that of fresh rows.\n"
    )
    members = ("linear", "kernel") if quick else ("linear", "kernel", "boosting", "auto")
    for n in (300, 1000) if quick else (300, 1000, 3000):
        seeds = seeds_of(n, quick)
        found = collect("random", n, {name: member(name) for name in members}, aucs, seeds)
        print(f"{f'n = {n}, {seeds} seeds':36}" + "".join(f"{name:>24}" for name in members))
        for label in LABELS:
            for attack in ATTACKS:
                cells = [
                    f"{over_seeds(found[name, label, (attack, 'fitted')])}"
                    f" / {np.mean(found[name, label, (attack, 'fresh')]):.3f}"
                    for name in members
                ]
                print(f"{f'{label}: {attack}':36}" + "".join(f"{cell:>24}" for cell in cells))
        print(flush=True)


def print_laws(laws, quick):
    """A line for each set, n, member and label."""
    print(
        "Labels that X tells of. The attacker has the log odds of the label given X (planted:\n"
        "the true ones; else by a linear model of other rows) and the row's own code; to these\n"
        "are added what its neighbours' codes say (nearest 20, both imitations), by logistic\n"
        "regression on labels of released rows, cross-fitted. What that adds, mean over seeds,\n"
        "for fresh rows and for fitted ones, and the difference ± standard error.\n"
    )
    print(f"{'':26}{'AUC':^60}{'bits':^60}")
    titles = ("without", "added, fresh", "added, fitted", "difference") * 2
    print(f"{'':26}" + "".join(f"{title:>15}" for title in titles))
    for name in laws:
        members = LAW_MEMBERS[name][: 1 if quick else None]
        for n in LAWS[name][:1] if quick else LAWS[name]:
            forms = {posterior: member(posterior) for posterior in members}
            found = collect(name, n, forms, beyond, seeds_of(n, quick))
            for posterior in members:
                for label in LABELS:
                    line = f"{f'{name:8}{n:>5} {posterior:9}{label}':26}"
                    for column in (0, 1):
                        for key in ("fresh", ("added", "fresh"), ("added", "fitted")):
                            values = np.array(found[posterior, label, key])[:, column]
                            line += f"{values.mean():>15.3f}"
                        values = np.array(found[posterior, label, "difference"])[:, column]
                        line += f"{over_seeds(values):>15}"
                    print(line, flush=True)
    print()


def _coarse_cells(X, seed):
    """Cells of about ten rows that are near each other, numbered in a last column."""
    scaler = StandardScaler().fit(X)
    cells = KMeans(len(X) // 10, n_init=1, random_state=seed).fit(scaler.transform(X))
    return lambda rows: np.column_stack([rows, cells.predict(scaler.transform(rows))])


def _cells(posterior):
    def form(X, seed):
        shaper, _ = member(posterior, fold_columns=[X.shape[1]])(X, seed)
        return shaper, _coarse_cells(X, seed)

    return form


def _common_columns(posterior):
    """Without columns in which fewer than 50 rows differ from the most of them."""

    def form(X, seed):
        shaper, _ = member(posterior)(X, seed)
        kept = (np.median(X, axis=0) != X).sum(axis=0) >= 50
        return shaper, lambda rows: rows[:, kept]

    return form


def _halves(posterior):
    def form(X, seed):
        one = MEMBERS[posterior](X.shape, len(X) // 3, seed, "cpu")
        halves = BaggingClassifier(one, 10, max_samples=0.5, bootstrap=False, random_state=seed)
        return member(halves)(X, seed)

    return form


def _penalty(C):
    def of_member(posterior):
        def form(X, seed):
            one = MEMBERS[posterior](X.shape, len(X) // 3, seed, "cpu")
            steps = one if posterior == "linear" else one.classifier  # the kernel's is wrapped
            return member(steps.set_params(logisticregression__C=C))(X, seed)

        return form

    return of_member


LESSENING = {
    "as it is": member,
    "2 folds": lambda posterior: member(PosteriorFeatures(posterior, folds=2)),
    "20 folds": lambda posterior: member(PosteriorFeatures(posterior, folds=20)),
    "3 codes": lambda posterior: member(posterior, n_components=3),
    "heavier penalty: C = .03": _penalty(0.03),
    "heavier penalty: C = .003": _penalty(0.003),
    "mean of 10 models of halves": _halves,
    "folds of cells of 10 near rows": _cells,
    "columns left out that vary in < 50 rows": _common_columns,
}


def print_lessening(quick):
    """A line for each law, n, member and change of the settings."""
    print(
        "What settings make of it, mean over seeds ± standard error: AUC and bits of y that the\n"
        "neighbours' codes add to X and the own code, fitted less fresh; and what the release is\n"
        "worth on fresh rows: bits of y, and bits of y less those of s (λ = 1).\n"
    )
    titles = ("AUC added", "bits added", "bits of y", "y less s")
    print(f"{'':62}" + "".join(f"{title:>16}" for title in titles))
    for name, n in LESSENED[:1] if quick else LESSENED:
        seeds = max(2, (seeds_of(n, quick) + 1) // 2)
        for posterior in ("linear", "kernel"):
            forms = {what: make(posterior) for what, make in LESSENING.items()}
            half = {"half fitted on, the other half released": member(posterior)}
            for rows, some in ((n, forms), (n // 2, half)):
                found = collect(name, rows, some, beyond_and_kept, seeds)
                for what in some:
                    added = np.array(found[what, "y", "difference"]).T
                    kept, leaked = (np.array(found[what, label, "kept"]) for label in LABELS)
                    cells = [*(over_seeds(a) if some is forms else "none" for a in added)]
                    cells += [over_seeds(kept), over_seeds(kept - leaked)]
                    start = f"{f'{name:8}{n:>5} {posterior:8}{what}':62}"
                    print(start + "".join(f"{cell:>16}" for cell in cells), flush=True)
    print()


def beyond_and_kept(label, fitted, fresh, codes):
    """As :func:`beyond`, and the bits of the label in fresh rows' codes."""
    kept = code_bits(codes, np.eye(2)[fresh[0].labels[label]]).value
    return {**beyond(label, fitted, fresh, codes), "kept": kept}
