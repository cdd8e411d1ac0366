"""sample_weight: weighted sums wherever rows are summed, persons where people are counted."""

import warnings

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, PredefinedSplit, cross_validate
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_infoshape import (
    GaussianChannel,
    InfoShapeTransformer,
    InfoShapeTransformerCV,
    PosteriorFeatures,
    ShapingGame,
    audit_leakage,
    certify_leakage,
    infoshape_path,
    lagrangian_scorer,
)
from sklearn_infoshape.codes.partition import solve_partition
from sklearn_infoshape.data.label_column import describe_column
from sklearn_infoshape.data.weights import effective_number
from sklearn_infoshape.datasets import make_shaping_problem
from sklearn_infoshape.exceptions import RareClassWarning
from sklearn_infoshape.neural.batches import RowTensors, SlicedBatches
from sklearn_infoshape.posterior.members import MEMBERS, choose_members
from sklearn_infoshape.posterior.pool import fewest_members, fit_pool
from sklearn_infoshape.posterior.weighted_fit import fit_weighted
from sklearn_infoshape.release.estimates import (
    code_advantage,
    code_bits,
    column_bits,
    predicted_bits,
)
from tests.conftest import cheap, small_problem

KEY = b"a key of the tests"

pytestmark = pytest.mark.filterwarnings(
    "ignore::sklearn_infoshape.exceptions.ShapingConvergenceWarning"
)


def shaper(posterior="linear", **parameters):
    settings = {"release_key": KEY, "random_state": 0, **parameters}
    return InfoShapeTransformer(posterior=posterior, **settings)


def figures(fitted):
    return [
        *(getattr(fitted, f"{role}_{what}_bits_") for role in ("utility", "leakage")
          for what in ("estimate", "standard_error")),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def rows():
    """Rows, labels, s, and weights of which a fifth are 0."""
    X, y, s = (np.asarray(part) for part in make_shaping_problem(600, random_state=3))
    return X, y, s, np.random.default_rng(0).integers(0, 5, 600).astype(float)


# Equal weights, and weights of nothing -------------------------------------------------------

MODES = {
    "codes": {},
    "draws and bins": {"channel": GaussianChannel(), "game": ShapingGame(max_epochs=3)},
    "one stage": {"posterior": None, "game": ShapingGame(max_epochs=3)},
    "conditional": {"leakage": "conditional"},
    "boosting": {"posterior": "boosting"},
}


@pytest.mark.parametrize("mode", MODES)
def test_equal_weights_change_nothing_to_the_bit(mode, rows):
    X, y, s, _ = rows
    plain = shaper(**MODES[mode]).fit(X, y, sensitive_features=s)
    for weights in (np.ones(len(X)), np.full(len(X), 1e-200), [7] * len(X)):
        equal = shaper(**MODES[mode]).fit(X, y, sensitive_features=s, sample_weight=weights)
        np.testing.assert_array_equal(plain.transform(X), equal.transform(X))
        assert figures(plain) == figures(equal)


@pytest.mark.parametrize("mode", MODES)
def test_rows_of_weight_zero_are_as_if_absent_whatever_they_hold(mode, rows):
    X, y, s, weights = rows
    kept = weights > 0
    fits = [shaper(**MODES[mode]).fit(X[kept], y[kept], s[kept], sample_weight=weights[kept])]
    for seed in range(2):  # poison
        rng = np.random.default_rng(seed)
        other = X.copy(), y.copy(), s.copy()
        other[0][~kept] = 1e6 * rng.standard_cauchy(other[0][~kept].shape)
        other[1][~kept], other[2][~kept] = rng.integers(9, size=(2, (~kept).sum()))
        fits.append(shaper(**MODES[mode]).fit(*other, sample_weight=weights))
    for one in fits[1:]:
        np.testing.assert_array_equal(fits[0].transform(X), one.transform(X))
        assert figures(fits[0]) == figures(one)


def test_a_key_from_random_state_goes_by_the_rows_that_count(rows):
    X, y, s, weights = rows
    kept = weights > 0
    whole = shaper(release_key=None).fit(X, y, s, sample_weight=weights)
    part = shaper(release_key=None).fit(X[kept], y[kept], s[kept], sample_weight=weights[kept])
    assert whole.release_.key == part.release_.key
    other = np.where(kept, np.random.default_rng(1).uniform(1, 2, len(X)), 0.0)
    again = shaper(release_key=None).fit(X, y, s, sample_weight=other)
    assert again.release_.key == whole.release_.key  # weights name nobody


def test_only_ratios_count_however_large_small_or_short_the_numbers_are(rows):
    X, y, s, weights = rows
    plain = shaper().fit(X, y, s, sample_weight=weights)
    for other in (weights.astype(np.float32), weights.astype(int).tolist(), weights * 2.0**900):
        same = shaper().fit(X, y, s, sample_weight=other)
        np.testing.assert_array_equal(plain.transform(X), same.transform(X))
    index = np.random.default_rng(0).permutation(len(X))
    same = shaper().fit(X, y, s, sample_weight=pd.Series(weights, index=index))
    np.testing.assert_array_equal(plain.transform(X), same.transform(X))
    assert len(np.unique(plain.transform(X), axis=0)) > 2


# Weights that are whole numbers, and rows as often ------------------------------------------


def repeated(n, seed=0):
    """A problem with a column that names persons, weights, and rows as often as they weigh."""
    X, y, s = (np.asarray(part) for part in make_shaping_problem(n, random_state=seed))
    X, weights = np.column_stack([X, np.arange(n)]), np.random.default_rng(seed).integers(1, 4, n)
    return X, y, s, weights, np.repeat(np.arange(n), weights)


def test_whole_weights_are_rows_as_often_where_members_ask_for_no_more():
    # Members whose penalty is of the rows that there are: of copies it takes their number.
    gaps, between_keys = [], []
    for seed in range(3):
        X, y, s, weights, copies = repeated(800, seed)

        def fit(rows, C, sample_weight=None, key=KEY, X=X, y=y, s=s):
            model = LogisticRegression(C=C, tol=1e-8, max_iter=500)
            shaped = shaper(
                make_pipeline(StandardScaler(), model), fold_columns=-1, release_key=key
            )
            shaped.fit(X[rows], y[rows], s[rows], sample_weight=sample_weight)
            sample, _ = shaped._read_rows(X)
            return shaped, np.hstack(shaped.release_.posteriors.predict(sample))

        everything = np.arange(len(X))
        (weighted, P), (often, Q) = fit(everything, 1.0, weights), fit(copies, 1 / weights.mean())
        other, R = fit(everything, 1.0, weights, b"another key")
        _, S = fit(everything, 1.0)
        assert np.abs(P - Q).max() < 0.01  # pseudo-rows of pool and prior are as many for both
        assert np.abs(P - Q).mean() < 0.1 * min(np.abs(P - S).mean(), np.abs(P - R).mean())
        for a, b in zip(
            weighted.release_.posteriors.pools, often.release_.posteriors.pools, strict=True
        ):
            np.testing.assert_allclose(a[0], b[0], atol=0.04)
        gaps.append(np.subtract(figures(weighted), figures(often)))
        between_keys.append(np.subtract(figures(weighted), figures(other)))
    gaps = np.abs(gaps).mean(axis=0)
    assert (gaps < [0.004, 0.002, 0.004, 0.002]).all()
    assert gaps[0] < np.abs(between_keys).mean(axis=0)[0]


@pytest.mark.parametrize("member", MEMBERS)
def test_each_member_learns_the_law_of_weighted_rows(member):
    X, group, _ = small_problem(3000)
    y = np.where(np.random.default_rng(1).uniform(size=3000) < 0.3, 1 - group, group)
    weights = np.where(y == 1, 4.0, 1.0)
    weights /= weights.mean()

    def learned(weights=None):
        (one,) = choose_members(member, (2400, 6), 200, seed=0, weighted=weights is not None)
        p = fit_weighted(one, X[:2400], y[:2400], weights).predict_proba(X[2400:])[:, 1]
        return p[group[2400:] == 0].mean(), p[group[2400:] == 1].mean()

    # A network stops while it is less sure than it could be; the pool sets that right.
    # Of group 0, 3 in 10 have y = 1, and 4 times the weight: 12 of 19; of group 1, 28 of 31.
    assert learned() == pytest.approx((0.3, 0.7), abs=0.12)
    assert learned(weights[:2400]) == pytest.approx((12 / 19, 28 / 31), abs=0.12)


def test_wide_members_take_weights_too():
    rng = np.random.default_rng(0)
    y = rng.integers(2, size=400)
    X = rng.normal(size=(400, 220)) + 0.3 * y[:, None]
    weights = np.where(y == 1, 2.0, 0.5)
    for member in MEMBERS:
        (one,) = choose_members(member, X.shape, 100, seed=0, weighted=True)
        p = fit_weighted(one, X, y, weights).predict_proba(rng.normal(size=(200, 220)) + 0.15)
        (one,) = choose_members(member, X.shape, 100, seed=0)
        q = fit_weighted(one, X, y).predict_proba(rng.normal(size=(200, 220)) + 0.15)
        assert p[:, 1].mean() > q[:, 1].mean(), member


def test_the_pool_of_weighted_rows_is_that_of_rows_as_often():
    rng = np.random.default_rng(0)
    target = np.eye(3)[rng.integers(3, size=500)]
    members = [rng.dirichlet(np.ones(3), 500) * 0.5 + share * target for share in (0.1, 0.5)]
    members = [p / p.sum(axis=1, keepdims=True) for p in members]
    weights = rng.integers(1, 4, 500)
    copies = np.repeat(np.arange(500), weights)
    found = fit_pool(members, target * weights[:, None])
    often = fit_pool([p[copies] for p in members], target[copies])
    for one, other in zip(found, often, strict=True):
        np.testing.assert_allclose(one, other, atol=5e-4)
    often = fewest_members([p[copies] for p in members], target[copies])
    assert fewest_members(members, target * weights[:, None]) == often


def test_estimates_of_weighted_rows_are_those_of_persons_with_as_many_rows():
    rng = np.random.default_rng(0)
    n = 800
    Z, s, y = (np.eye(k)[rng.integers(k, size=n)] for k in (5, 3, 2))
    s = np.where(rng.uniform(size=(n, 1)) < 0.3, Z[:, :3], s)
    s[:50] = 0.0
    weights = rng.integers(1, 6, n)
    copies = np.repeat(np.arange(n), weights)
    for given in (None, y):
        one = code_bits(Z, s, given, sample_weight=weights / weights.mean())
        own = None if given is None else given[copies]
        assert one == pytest.approx(code_bits(Z[copies], s[copies], own, persons=copies))
    p = 0.5 * s + rng.dirichlet(np.ones(3), n) / 2 + 0.1
    p /= p.sum(axis=1, keepdims=True)
    one = predicted_bits(p, s, sample_weight=weights.astype(float))
    assert one == pytest.approx(predicted_bits(p[copies], s[copies], persons=copies))
    table = rng.dirichlet(np.ones(3), 5)
    one = code_advantage(Z, s, table, sample_weight=weights.astype(float))
    assert one.value == pytest.approx(code_advantage(Z[copies], s[copies], table).value)
    columns = column_bits(Z, s, sample_weight=weights / weights.mean())
    assert columns.value == pytest.approx(code_bits(Z, s, sample_weight=weights).value, abs=0.03)


@pytest.mark.parametrize("tied", [False, True])
def test_weighted_bits_are_unbiased_and_intervals_hold(tied):
    # Inverse probabilities of being drawn; tied to the code, or to nothing.
    rng = np.random.default_rng(2)
    law = rng.dirichlet(np.ones(12)).reshape(4, 3)
    truth = float((law * np.log2(law / law.sum(1, keepdims=True) / law.sum(0))).sum())
    found, n = [], 700
    share = np.array([4.0, 1.0, 2.0, 0.5]) if tied else np.ones(4)
    drawn = law * share[:, None] / (law * share[:, None]).sum()
    for _ in range(300):
        cells = rng.choice(12, n, p=drawn.ravel())
        weights = 1 / share[cells // 3] * (1 if tied else rng.gamma(1.0, size=n))
        found.append(code_bits(np.eye(4)[cells // 3], np.eye(3)[cells % 3], sample_weight=weights))
    values, deviations = np.array(found).T
    assert values.mean() == pytest.approx(truth, abs=4 * values.std() / np.sqrt(300))
    assert 0.9 < np.mean(np.abs(values - truth) < 1.96 * deviations) < 0.99


def test_the_partition_of_weighted_rows_is_that_of_rows_as_often():
    rng = np.random.default_rng(0)
    posteriors = [rng.dirichlet(np.ones(2), 300), rng.dirichlet(np.ones(2), 300)]
    weights = rng.integers(1, 4, 300)
    copies = np.repeat(np.arange(300), weights)
    (one,) = solve_partition(
        posteriors, [[1.0, -1.0]], sample_weight=weights, n_persons=300, n_codes=4
    )
    (often,) = solve_partition([p[copies] for p in posteriors], [[1.0, -1.0]], n_codes=4)
    assert one.lagrangian == pytest.approx(often.lagrangian, rel=0.01)


def test_bins_and_shares_of_labels_are_weighted():
    rng = np.random.default_rng(0)
    amounts, weights = rng.gamma(2.0, size=3000), rng.integers(1, 9, 3000)
    copies = np.repeat(amounts, weights)
    for n_bins in (8, None):
        one = describe_column("y", amounts, parameter="y", n_bins=n_bins, sample_weight=weights)
        often = describe_column("y", copies, parameter="y", n_bins=n_bins)
        if n_bins:
            np.testing.assert_allclose(one.edges, often.edges, atol=0.011)
            np.testing.assert_allclose(one.frequencies, 1 / 8, atol=0.005)
        assert (one.location, one.scale) == pytest.approx((often.location, often.scale))
    classes = describe_column(
        "y", np.array(["a", "b", "a", "b"]), parameter="y", sample_weight=np.array([1, 2, 3, 4])
    )
    np.testing.assert_allclose(classes.frequencies, [0.4, 0.6])


def test_the_game_meets_rows_as_often_as_they_count():
    import torch

    weights = torch.tensor([0.5, 0.25, 2.0, 1.25], dtype=torch.float64)
    data = RowTensors(torch.arange(4.0)[:, None], [torch.arange(4)], weights)
    batches = SlicedBatches(data, 2, "cpu", torch.Generator().manual_seed(0))
    seen = torch.cat([targets[0] for _ in range(400) for _, targets in batches])
    np.testing.assert_allclose(np.bincount(seen) / 400, weights, atol=0.06)
    assert len(batches) == 2
    counts = np.bincount(data.repeated(4, 0).targets[0])
    assert (np.abs(counts - 4 * weights.numpy()) <= 1).all()


@pytest.mark.parametrize("channel", ["categorical", "gaussian"])
def test_a_game_of_weighted_rows_ends_where_that_of_rows_as_often_does(channel):
    X, y, s = small_problem(1000)
    s = np.where(np.random.default_rng(0).uniform(size=1000) < 0.5, y, s)
    weights = np.where(y == s, 1, 4)  # of weighted rows, y and s have little in common
    copies = np.repeat(np.arange(1000), weights)
    settings = {"channel": channel, "max_epochs": 120, "n_components": 4, "release_key": KEY}
    settings["fold_columns"], X = -1, np.column_stack([X, np.arange(1000)])
    one = cheap(**settings).fit(X, y, s, sample_weight=weights)
    often = cheap(**settings).fit(X[copies], y[copies], s[copies])
    assert one.utility_estimate_bits_ == pytest.approx(often.utility_estimate_bits_, abs=0.15)
    assert one.leakage_estimate_bits_ == pytest.approx(often.leakage_estimate_bits_, abs=0.1)
    assert one.utility_estimate_bits_ > 0.3


# People are counted, not weighed ------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::sklearn_infoshape.exceptions.FewRowsWarning")
def test_heavy_rows_make_no_crowd_and_light_ones_are_people(rows):
    X, y, s, _ = rows
    weights = np.ones(len(X))
    weights[:12] = 1000.0
    for posterior in (None, "linear"):
        fitted = cheap(posterior=posterior, max_epochs=10, release_key=KEY)
        fitted.fit(X, y, s, sample_weight=weights)
        assert fitted.transform(X).sum(axis=0).min() >= 10
    # A dozen persons carry the fit: an estimate would be noise.
    assert np.isnan(fitted.utility_estimate_bits_)
    few = np.where(np.arange(len(X)) < 25, 1.0 + y, 0.0)
    fitted = shaper().fit(X, y, s, sample_weight=few)
    assert len(fitted.codebook_["share"]) <= 2  # 25 rows make at most two codes of ten
    assert fitted.transform(X[:25]).sum(axis=0).min() >= 10


def test_shares_and_laws_of_the_codebook_are_of_weighted_rows(rows):
    X, y, s, weights = rows
    fitted = shaper().fit(X, y, s, sample_weight=weights)
    masses = fitted.transform(X) * weights[:, None]
    share = masses.sum(axis=0) / weights.sum()
    np.testing.assert_allclose(fitted.codebook_["share"], share)
    law = masses.T @ np.eye(2)[y] / masses.sum(axis=0)[:, None]
    np.testing.assert_allclose(fitted.codebook_["target"]["y"], law, atol=0.03)
    order = law[:, 1]
    assert (np.diff(order) >= -1e-9).all()  # codes stand in the order of what they say of y


def test_persons_keep_together_and_errors_tell_of_them(rows):
    X, y, s, weights = rows
    twice = np.tile(np.column_stack([X, np.arange(len(X))]), (2, 1))
    settings = {"fold_columns": -1, "release_key": KEY}
    one = shaper(**settings).fit(
        twice, np.tile(y, 2), np.tile(s, 2), sample_weight=np.tile(weights, 2)
    )
    alone = shaper(**settings).fit(twice[: len(X)], y, s, sample_weight=weights)
    assert one.utility_standard_error_bits_ == pytest.approx(
        alone.utility_standard_error_bits_, rel=0.25
    )
    assert effective_number(np.ones(4), np.array([0, 0, 1, 2])) == 3


def test_weights_beside_missing_s_and_conditional_leakage(rows):
    X, y, s, weights = rows
    gaps = s.astype(float)
    gaps[::3] = np.nan
    fitted = shaper(leakage="conditional").fit(X, y, gaps, sample_weight=weights)
    assert fitted.leakage_estimate_bits_ < 0.2 < fitted.utility_estimate_bits_
    lost = np.where(np.isnan(gaps), 1.0, 0.0)
    with pytest.raises(ValueError, match="sensitive_features has no observed value"):
        shaper().fit(X, y, gaps, sample_weight=lost)


def test_a_class_with_weight_on_one_row_counts_as_missing_or_is_refused(rows):
    X, y, s, _ = rows
    three = s.copy()
    three[:6] = 2
    alone = np.where(np.arange(len(X)) < 5, 0.0, 1.0)
    with pytest.warns(RareClassWarning, match="1 classes with 1 row"):
        fitted = shaper().fit(X, y, three, sample_weight=alone)
    assert fitted.sensitive_classes_.tolist() == [0, 1]
    with pytest.raises(ValueError, match="y has one class only"):
        shaper().fit(X, y, s, sample_weight=y)


@pytest.mark.parametrize("n", [12, 30])
def test_few_rows_fit_with_weights(n, rows):
    X, y, s, _ = (part[:n] for part in rows)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = shaper("auto").fit(X, y, s, sample_weight=np.arange(1, n + 1))
    assert np.isnan(fitted.utility_estimate_bits_)
    assert len(fitted.transform(X)) == n


# What is asked of weights -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.ones(5), "5 entries, X has 600 rows; give one number for each row"),
        (np.r_[-1.0, np.ones(599)], "1 negative entries; give numbers from 0 up"),
        (np.r_[np.inf, np.ones(599)], "1 infinite entries; give finite numbers"),
        (np.r_[np.nan, np.ones(599)], "1 missing values"),
        ([None] + [1] * 599, "1 missing values"),
        (np.zeros(600), "zero for all rows"),
        (np.eye(600)[0], "above 0 for 1 row only"),
        (["much"] * 600, "holds text; give one number"),
        (2.0, "of type float; give one number for each row"),
        ("weight", "of type str; give one number for each row"),
        (np.ones((600, 2)), "has 2 columns; give one number"),
    ],
)
def test_unsuitable_weights_are_refused_before_any_work(weights, message, rows, monkeypatch):
    X, y, s, _ = rows
    monkeypatch.setattr("sklearn_infoshape.posterior.features.fit_posteriors", None)
    for estimator in (shaper(), PosteriorFeatures("linear"), InfoShapeTransformerCV(shaper(), 3)):
        with pytest.raises(ValueError, match=f"sample_weight.*{message}"):
            estimator.fit(X, y, sensitive_features=s, sample_weight=weights)
    with pytest.raises(ValueError, match=f"sample_weight.*{message}"):
        infoshape_path(X, y, s, 3, sample_weight=weights, posterior="linear")
    with pytest.raises(TypeError, match="sample_weight is a dict"):
        shaper().fit(X, y, s, sample_weight={0: 1.0})


def test_a_classifier_that_takes_no_weights_is_refused_before_any_fit(rows):
    X, y, s, weights = rows

    class Untouched(LogisticRegression):
        def fit(self, X, y):
            raise AssertionError

    steps = make_pipeline(StandardScaler(), Untouched())
    with pytest.raises(ValueError, match="posterior=Pipeline: its fit takes no sample_weight"):
        shaper(["linear", steps]).fit(X, y, s, sample_weight=weights)


@pytest.mark.parametrize("routing", [False, True])
def test_a_users_pipeline_is_weighted_with_routing_or_without(routing, rows):
    X, y, s, weights = rows
    for last in (GaussianNB(), MLPClassifier((4,), max_iter=20)):
        with sklearn.config_context(enable_metadata_routing=routing), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            inner = make_pipeline(StandardScaler(), make_pipeline(StandardScaler(), last))
            one = shaper(inner).fit(X, y, s, sample_weight=weights)
            plain = shaper(inner).fit(X, y, s)
        first, second = (m.release_.posteriors.models[0][0][0] for m in (one, plain))
        assert (first[0].mean_ != second[0].mean_).all()
        assert (first.predict_proba(X) != second.predict_proba(X)).any()


def test_a_cache_tells_weights_apart(rows, tmp_path):
    X, y, s, weights = rows
    fits = [
        shaper(memory=memory).fit(X, y, s, sample_weight=w).transform(X)
        for memory in (None, tmp_path)
        for w in (None, weights + 1, np.sqrt(weights + 1))
    ]
    for own, stored in zip(fits[:3], fits[3:], strict=True):
        np.testing.assert_array_equal(own, stored)
    assert len({fit.tobytes() for fit in fits}) == 3


def test_n_jobs_change_nothing(rows):
    X, y, s, weights = rows
    alone, beside = (
        shaper(["linear", "boosting"], n_jobs=n).fit(X, y, s, sample_weight=weights).transform(X)
        for n in (1, 2)
    )
    np.testing.assert_array_equal(alone, beside)


# Routing, paths and searches ----------------------------------------------------------------


@pytest.mark.usefixtures("quick_attackers")
def test_weights_travel_through_pipeline_and_grid_search(rows):
    X, y, s, weights = rows
    weights = weights + 0.5
    with sklearn.config_context(enable_metadata_routing=True):
        step = shaper(random_state=0).set_fit_request(sample_weight=True)
        last = LogisticRegression().set_fit_request(sample_weight=False)
        pipeline = Pipeline([("shape", step), ("model", last)])
        pipeline.fit(X, y, sensitive_features=s, sample_weight=weights)
        alone = shaper().fit(X, y, s, sample_weight=weights)
        np.testing.assert_array_equal(pipeline[0].transform(X), alone.transform(X))
        grid = GridSearchCV(
            pipeline,
            {"shape__privacy_multiplier": [0.0, 3.0]},
            scoring=lagrangian_scorer(1.0),
            cv=2,
            error_score="raise",
        ).fit(X, y, sensitive_features=s, sample_weight=weights)
        assert np.isfinite(grid.cv_results_["mean_test_score"]).all()
        named = shaper().set_fit_request(sample_weight="people")
        scores = cross_validate(
            named,
            X,
            y,
            params={"sensitive_features": s, "people": weights},
            scoring=lagrangian_scorer(1.0),
            error_score="raise",
            cv=2,
            return_estimator=True,
        )
        first = scores["estimator"][0]
        assert np.isfinite(scores["test_score"]).all()
        assert first.utility_standard_error_bits_ > 0
        with pytest.raises(sklearn.exceptions.UnsetMetadataPassedError, match="sample_weight"):
            Pipeline([("shape", shaper())]).fit(X, y, sample_weight=weights)
    pipeline = Pipeline([("shape", shaper()), ("model", LogisticRegression())])
    pipeline.fit(X, y, shape__sensitive_features=s, shape__sample_weight=weights)
    np.testing.assert_array_equal(pipeline[0].transform(X), alone.transform(X))
    Z = shaper().fit_transform(X, y, sensitive_features=s, sample_weight=weights)
    np.testing.assert_array_equal(Z, alone.transform(X))


def test_features_alone_and_within_a_transformer_say_the_same(rows):
    X, y, s, weights = rows
    features = PosteriorFeatures("linear", release_key=KEY, random_state=0)
    P = features.fit_transform(X, y, sensitive_features=s, sample_weight=weights)
    fitted = shaper().fit(X, y, s, sample_weight=weights)
    sample, _ = fitted._read_rows(X)
    np.testing.assert_array_equal(P, np.hstack(fitted.release_.posteriors.predict(sample)))


@pytest.mark.filterwarnings("ignore::sklearn_infoshape.exceptions.CollapsedEncoderWarning")
def test_a_path_is_of_weighted_rows(rows):
    X, y, s, weights = rows
    settings = {"posterior": "linear", "release_key": KEY, "random_state": 0}
    path = infoshape_path(X, y, s, [0.5, 5.0], sample_weight=weights, **settings)
    alone = shaper(privacy_multiplier=5.0).fit(X, y, s, sample_weight=weights)
    np.testing.assert_array_equal(path[1].transform(X), alone.transform(X))
    assert path.utility_bits[1] == alone.utility_estimate_bits_
    X, y, s, weights, copies = repeated(600)
    settings["fold_columns"] = -1
    one = infoshape_path(X, y, s, 3, sample_weight=weights, **settings)
    often = infoshape_path(X[copies], y[copies], s[copies], 3, **settings)
    assert one.task_entropy_bits == pytest.approx(often.task_entropy_bits)
    np.testing.assert_allclose(one.raw_bits, often.raw_bits, atol=0.02)
    np.testing.assert_allclose(one.label_floor_bits, often.label_floor_bits, atol=0.01)
    np.testing.assert_allclose(one.privacy_multipliers, often.privacy_multipliers, rtol=0.1)


@pytest.mark.parametrize("unit", ["bits", "advantage", "share"])
def test_a_search_judges_on_weighted_rows(unit, rows):
    X, y, s, weights = rows
    rng = np.random.default_rng(0)
    X = np.where(rng.uniform(size=(len(X), 1)) < 0.5, X, rng.permutation(X))  # half of them noise
    weights = weights + 0.1
    found = {}
    for name, w in {"weighted": weights, "none": None}.items():
        search = InfoShapeTransformerCV(
            shaper(), [0.1, 10.0], max_leakage=0.5, leakage_unit=unit, cv=2
        )
        found[name] = search.fit(X, y, s, sample_weight=w).cv_results_["mean_test_utility"]
    assert (found["weighted"] != found["none"]).all()


def test_a_certified_search_refuses_weights_and_takes_a_selection_of_rows(rows):
    X, y, s, weights = rows
    search = InfoShapeTransformerCV(
        shaper(), [1.0, 10.0], max_leakage=0.9, verify="certificate", calibration_fraction=0.5
    )
    with pytest.raises(ValueError, match=r"sample_weight was given, but verify=.*drawn alike"):
        search.fit(X, y, s, sample_weight=weights)
    search.fit(X, y, s, sample_weight=weights > 0)
    assert search.certificate_ is not None


def test_audits_and_certificates_refuse_weights_and_say_how_to_draw_rows_alike(rows):
    X, y, s, _ = rows
    fitted = shaper().fit(X, y, s)
    for call, first in ((audit_leakage, (fitted, X)), (certify_leakage, (fitted.transform(X),))):
        with pytest.raises(ValueError, match=r"sample_weight was given.*Keep each row with a prob"):
            call(*first, s, sample_weight=np.ones(len(X)))


def test_weights_that_leave_a_few_rows_are_refused_with_a_bound(rows):
    X, y, s, _ = rows
    weights = np.ones(len(X))
    weights[7] = 1e9
    for settings in ({"posterior": "linear"}, {"posterior": None, "channel": "gaussian"}):
        with pytest.raises(ValueError, match=r"as much as 1.0 rows alike.*Bound the weights"):
            InfoShapeTransformer(**settings).fit(X, y, s, sample_weight=weights)
    weights[:30] = 1e9
    InfoShapeTransformer(posterior="linear", n_components=2).fit(X, y, s, sample_weight=weights)


def test_splits_that_name_rows_are_refused_where_rows_are_left_out(rows):
    X, y, s, weights = rows
    split = [(np.arange(0, 400), np.arange(400, 600)), (np.arange(200, 600), np.arange(200))]
    for cv in (split, PredefinedSplit(np.arange(600) % 2)):
        search = InfoShapeTransformerCV(shaper(), max_leakage=0.1, cv=cv)
        with pytest.raises(ValueError, match="cv names rows of X, and sample_weight is 0"):
            search.fit(X, y, s, sample_weight=weights)


def test_edges_of_bins_are_rounded_by_rows_alike():
    values = np.random.default_rng(0).lognormal(7, 1, size=400).round(2)
    weights = np.ones(400)
    weights[7] = 1e7
    column = describe_column(
        "y", values, parameter="y", kind="continuous", n_bins=4, sample_weight=weights
    )
    assert not any(abs(edge - values[7]) < 0.5 for edge in column.edges)
