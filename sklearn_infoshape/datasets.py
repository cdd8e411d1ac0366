"""Problems to shape: a synthetic one with known laws, and the paper's task on digits."""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.utils import check_random_state

__all__ = ["load_digits_parity", "make_shaping_problem"]


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
    n_features : int, default=12
        At least 6.
    task_separation, sensitive_separation : float
        Distance between the two classes' centres, in standard deviations.
    agreement : float, default=0.55
        P(s = y): the label floor.
    random_state : int, RandomState instance or None, default=0

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
