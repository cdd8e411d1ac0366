"""Problems to shape: synthetic ones, a hospital's table, and the paper's task on digits."""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.utils import check_random_state

from sklearn_infoshape._optional import needed

__all__ = ["load_digits_parity", "make_hospital_table", "make_shaping_problem"]


def load_digits_parity():
    """The paper's task in small: is a digit odd (y), without showing if it is above 4 (s).

    Returns
    -------
    X : ndarray of shape (1797, 64)
        Pixels of scikit-learn's digits, 0 to 16.
    y : ndarray of shape (1797,)
        1 where the digit is odd.
    s : ndarray of shape (1797,)
        1 where the digit is greater than 4.

    Examples
    --------
    >>> from sklearn_infoshape.datasets import load_digits_parity
    >>> X, y, s = load_digits_parity()
    >>> X.shape, sorted(set(y)), sorted(set(s))
    ((1797, 64), [np.int64(0), np.int64(1)], [np.int64(0), np.int64(1)])
    """
    X, digit = load_digits(return_X_y=True)
    return X, digit % 2, (digit > 4).astype(int)


def make_shaping_problem(
    n_samples=6000,
    *,
    n_features=12,
    task_separation=3.4,
    sensitive_separation=4.0,
    agreement=0.55,
    random_state=0,
):
    """Draw rows from which both y and s can be read, s in two ways.

    Two hidden coordinates carry a binary y and a binary s; s agrees with y with probability
    ``agreement``. The product of the signs of two more tells s once again, and all are mixed
    with noise columns by a random rotation. So a linear eraser cannot hide s, and whoever
    keeps all of y keeps the ``agreement``.

    Parameters
    ----------
    n_samples : int, default=6000
        Number of rows.
    n_features : int, default=12
        At least 6.
    task_separation, sensitive_separation : float
        Distance between the two classes' centres, in standard deviations.
    agreement : float, default=0.55
        P(s = y): the label floor.
    random_state : int, RandomState instance or None, default=0
        Of what is drawn.

    Returns
    -------
    X : ndarray of shape (n_samples, n_features)
    y, s : ndarray of shape (n_samples,)
        Zeros and ones.

    Raises
    ------
    ValueError
        If ``n_features`` is below 6.

    Examples
    --------
    >>> from sklearn_infoshape.datasets import make_shaping_problem
    >>> X, y, s = make_shaping_problem(100)
    >>> X.shape
    (100, 12)
    """
    if n_features < 6:
        raise ValueError(f"n_features={n_features} is too few; give at least 6.")
    rng = check_random_state(random_state)
    y = rng.randint(2, size=n_samples)
    s = np.where(rng.uniform(size=n_samples) < agreement, y, 1 - y)
    hidden = rng.normal(size=(n_samples, n_features))
    hidden[:, 0] += task_separation * (y - 0.5)
    hidden[:, 1] += sensitive_separation * (s - 0.5)
    # A product of two signs tells s once more, invisibly to any linear model.
    sign = rng.choice([-1.0, 1.0], size=n_samples)
    hidden[:, 2] += sensitive_separation / 2 * sign
    hidden[:, 3] += sensitive_separation / 2 * sign * (2 * s - 1)
    rotation, _ = np.linalg.qr(rng.normal(size=(n_features, n_features)))
    return hidden @ rotation, y, s


_WARDS = ("surgery", "internal medicine", "cardiology", "gynaecology", "geriatrics", "eye clinic")
_REGIONS = ("centre", "north", "south", "harbour", "hills")
_DIAGNOSES = 40  # of which half are rare


def make_hospital_table(n_samples=3000, *, random_state=0):
    """Draw a table as hospitals have it: mixed columns, gaps, ids, and two sensitive attributes.

    Whether a patient comes back within 30 days depends on age, ward, diagnosis, earlier stays and
    a laboratory value. Sex shows in height, ward and the same laboratory value; origin in
    region and insurance. About a third of the patients have several stays.

    Parameters
    ----------
    n_samples : int, default=3000
        Stays.
    random_state : int, RandomState instance or None, default=0
        Of what is drawn.

    Returns
    -------
    X : pandas.DataFrame of shape (n_samples, 13)
        "patient" (text, one a person), "admitted" (moments), "born" (dates), "height" (cm),
        "creatinine" (mg/dl), "pulse" (per minute), "stays" (whole numbers), "pain" (0 to 10),
        "smoker" (truth values), "ward" and "insurance" (categories), "region" and "diagnosis"
        (text; half of the 40 diagnoses are rare). All but ids, moments and wards have gaps.
    y : pandas.Series of shape (n_samples,)
        "readmitted": "yes" or "no".
    s : pandas.DataFrame of shape (n_samples, 2)
        "sex" ("f", "m"), and "origin" ("here", "near", "far"; with gaps).

    Raises
    ------
    ImportError
        If pandas is not installed.

    Examples
    --------
    >>> from sklearn_infoshape.datasets import make_hospital_table
    >>> X, y, s = make_hospital_table(500)
    >>> X.shape, sorted(set(y)), list(s)
    ((500, 13), ['no', 'yes'], ['sex', 'origin'])
    """
    pd = needed("pandas", "make_hospital_table")
    rng = check_random_state(random_state)
    n = n_samples
    n_patients = max(1, int(0.7 * n))
    own = np.concatenate([np.arange(n_patients), rng.randint(n_patients, size=n)])[:n]
    own = rng.permutation(own)  # whose each stay is

    def of_patients(values):
        return np.asarray(values)[own]

    sex = of_patients(rng.randint(2, size=n_patients))
    origin = of_patients(rng.choice(3, size=n_patients, p=[0.6, 0.25, 0.15]))
    age = of_patients(rng.gamma(9, 6.5, size=n_patients).clip(18, 99))
    height = of_patients(rng.normal(size=n_patients)) * 6 + np.where(sex == 1, 177, 164)
    smokes = of_patients(rng.uniform(size=n_patients) < 0.3)
    region = np.where(
        rng.uniform(size=n) < 0.45, np.array([0, 2, 3])[origin], rng.randint(5, size=n)
    )
    insurance = rng.uniform(size=n) + 0.3 * (origin == 0)
    ward = rng.choice(6, size=n, p=[0.25, 0.3, 0.15, 0.0, 0.2, 0.1])
    ward[(sex == 0) & (rng.uniform(size=n) < 0.25)] = 3
    common = rng.randint(_DIAGNOSES // 2, size=n)
    rare = _DIAGNOSES // 2 + rng.randint(_DIAGNOSES // 2, size=n)
    diagnosis = np.where(rng.uniform(size=n) < 0.95, (common + 3 * ward) % 20, rare)
    stays = rng.poisson(0.6 + 0.02 * (age - 40).clip(0))
    creatinine = np.exp(rng.normal(size=n) * 0.25 + 0.15 * sex + 0.006 * (age - 60))
    risk = -1.6 + 0.05 * (age - 60) + 0.7 * stays + 1.2 * (diagnosis % 5 == 0)
    risk += 0.9 * (ward == 4) - 1.5 * (ward == 5) + 1.5 * (creatinine - 1) + 0.8 * smokes
    back = rng.uniform(size=n) < 1 / (1 + np.exp(-1.3 * risk))

    def with_gaps(values, share, dtype):
        series = pd.Series(values).astype(dtype)
        return series.mask(rng.uniform(size=n) < share)

    admitted = pd.Timestamp("2023-01-01") + pd.to_timedelta(
        np.sort(rng.randint(730 * 24 * 60, size=n)), unit="min"
    )
    born = pd.Series((admitted - pd.to_timedelta(age * 365.25, unit="D")).normalize())
    numbers = rng.permutation(10**6)[:n_patients]
    X = pd.DataFrame(
        {
            "patient": [f"P-{numbers[i]:06d}" for i in own],
            "admitted": admitted,
            "born": born.mask(rng.uniform(size=n) < 0.03),
            "height": with_gaps(height.round(), 0.2, "float64"),
            "creatinine": with_gaps(creatinine.round(2), 0.15, "float64"),
            "pulse": with_gaps(rng.normal(78, 11, size=n).round(), 0.1, "Int64"),
            "stays": with_gaps(stays, 0.05, "Int64"),
            "pain": with_gaps(rng.binomial(10, 0.3, size=n), 0.3, "Int64"),
            "smoker": with_gaps(smokes, 0.25, "boolean"),
            "ward": pd.Categorical(np.array(_WARDS)[ward], categories=_WARDS),
            "insurance": with_gaps(
                np.array(["none", "public", "private"])[(insurance > 0.2) + 0 + (insurance > 0.9)],
                0.04,
                "category",
            ),
            "region": with_gaps(np.array(_REGIONS, dtype=object)[region], 0.06, object),
            "diagnosis": with_gaps(
                np.array([f"D{10 + d}" for d in range(_DIAGNOSES)], dtype=object)[diagnosis],
                0.02,
                object,
            ),
        }
    )
    y = pd.Series(np.where(back, "yes", "no"), name="readmitted")
    s = pd.DataFrame({"sex": np.array(["f", "m"])[sex]})
    s["origin"] = with_gaps(np.array(["here", "near", "far"], dtype=object)[origin], 0.08, object)
    return X, y, s
