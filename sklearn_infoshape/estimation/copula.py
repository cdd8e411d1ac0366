"""The part of the information that a normal or Student law explains, in closed form.

Of columns that were brought to normal scores, only the copula matters. A normal copula has a
closed form for the mutual information, and its bias under sampling is known exactly; a
Student copula adds one parameter, the degrees of freedom, and finds what heavy tails share.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, gammaln, ndtr, ndtri, stdtr, stdtrit

__all__ = ["Copula", "fit_copula", "normal_information", "to_normal_scores"]

_DEGREES = (30.0, 15.0, 9.0, 6.0, 4.0, 3.0, 2.0, 1.0)
_SCATTER_STEPS = 25
_RIDGE = 1e-9
_LARGEST_CORRELATION = 1 - 1e-9
_NEARLY_AS_LIKELY = 1.92  # half of the chi-square law's 95 % quantile


def _wishart_excess(width, degrees):
    """E log det of a Wishart matrix over its degrees of freedom, less the truth's, in nats."""
    halves = 0.5 * (degrees - np.arange(width))
    return digamma(halves).sum() + width * np.log(2.0 / degrees)


def normal_information(covariance, n_z, n_rows):
    """Mutual information of a normal law, from a sample's covariance, without bias.

    ``I = 1/2 log(det S_z det S_l / det S)``, less what a sample of independent rows would
    show on average on top of the truth: log determinants of Wishart matrices have known means.

    Parameters
    ----------
    covariance : ndarray of shape (p + q, p + q)
        Of a sample; needs ``n_rows > p + q``.
    n_z : int
        p, the number of columns of Z, which come first.
    n_rows : int

    Returns
    -------
    float
        Nats; can be negative.

    References
    ----------
    T. Anderson, "An introduction to multivariate statistical analysis", 3rd edition 2003,
    sections 7.5.3 (determinants of Wishart matrices) and 12.2 (canonical correlations).

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_infoshape.estimation.copula import normal_information
    >>> round(normal_information(np.array([[1, 0.6], [0.6, 1]]), 1, 100_000), 4)  # -log(.8)
    0.2231
    """
    parts = covariance[:n_z, :n_z], covariance[n_z:, n_z:], covariance
    log_dets = [
        np.linalg.slogdet(part)[1] - _wishart_excess(len(part), n_rows - 1) for part in parts
    ]
    return 0.5 * float(log_dets[0] + log_dets[1] - log_dets[2])


def _student_entropy(width, degrees):
    """Differential entropy of the standard Student law in ``width`` dimensions, in nats."""
    half = 0.5 * (degrees + width)
    return (
        gammaln(0.5 * degrees)
        - gammaln(half)
        + 0.5 * width * np.log(degrees * np.pi)
        + half * (digamma(half) - digamma(0.5 * degrees))
    )


def _log_constant(width, degrees):
    """Logarithm of the standard Student density at its centre."""
    return (
        gammaln(0.5 * (degrees + width))
        - gammaln(0.5 * degrees)
        - 0.5 * width * np.log(degrees * np.pi)
    )


def _to_margins(scores, degrees):
    """Normal scores as quantiles of the Student law."""
    return scores if np.isinf(degrees) else stdtrit(degrees, ndtr(scores))


@dataclass(frozen=True)
class Copula:
    """A fitted normal or Student copula of (Z, l).

    Attributes
    ----------
    degrees : float
        Degrees of freedom; infinity is the normal copula.
    of_z, of_l : ndarray of shape (p, p), (q, q)
        Maps to canonical coordinates: uncorrelated, with unit variance, and the k-th of Z
        correlated with the k-th of l only.
    correlations : ndarray of shape (min(p, q),)
        Canonical correlations.
    nats : float
        Information of the fitted copula, without the bias of its fit.
    n_rows : int
    least_nats, most_nats : float
        Of all degrees of freedom that were tried and are nearly as likely.
    """

    degrees: float
    of_z: np.ndarray
    of_l: np.ndarray
    correlations: np.ndarray
    nats: float
    n_rows: int
    least_nats: float
    most_nats: float

    def coordinates(self, z, l_):
        """Canonical coordinates of normal scores, shapes (n, p) and (n, q)."""
        return (
            _to_margins(z, self.degrees) @ self.of_z,
            _to_margins(l_, self.degrees) @ self.of_l,
        )

    @property
    def constant(self):
        """What :meth:`log_ratio` adds regardless of the row."""
        value = -0.5 * np.log1p(-(self.correlations**2)).sum()
        if np.isfinite(self.degrees):
            p, q = len(self.of_z), len(self.of_l)
            value += _log_constant(p + q, self.degrees) - _log_constant(p, self.degrees)
            value -= _log_constant(q, self.degrees)
        return float(value)

    def log_ratio(self, a, b):
        """``log p(z, l) / (p(z) p(l))`` of the copula at canonical coordinates.

        Parameters
        ----------
        a : ndarray of shape (n, p)
        b : ndarray of shape (n, q)

        Returns
        -------
        ndarray of shape (n,)
            Nats.
        """
        k = len(self.correlations)
        of_z, of_l = (a**2).sum(axis=1), (b**2).sum(axis=1)
        r, u, v = self.correlations, a[:, :k], b[:, :k]
        joint = of_z + of_l + ((r * r * (u * u + v * v) - 2 * r * u * v) / (1 - r * r)).sum(axis=1)
        nu = self.degrees
        if np.isinf(nu):
            return self.constant + 0.5 * (of_z + of_l - joint)
        return self.constant + 0.5 * (
            (nu + a.shape[1]) * np.log1p(of_z / nu)
            + (nu + b.shape[1]) * np.log1p(of_l / nu)
            - (nu + a.shape[1] + b.shape[1]) * np.log1p(joint / nu)
        )

    def score(self, z, l_):
        """Mean log ratio of rows, given as normal scores; in nats."""
        return float(self.log_ratio(*self.coordinates(z, l_)).mean())

    def sample(self, n, seed):
        """Draw normal scores in canonical coordinates of an equally informative pair.

        Parameters
        ----------
        n : int
        seed : int

        Returns
        -------
        z, l : ndarray of shape (n, p), (n, q)
            Each column has the standard normal law.
        """
        rng = np.random.default_rng(seed)
        k, r = len(self.correlations), self.correlations
        z = rng.normal(size=(n, len(self.of_z)))
        l_ = rng.normal(size=(n, len(self.of_l)))
        l_[:, :k] = r * z[:, :k] + np.sqrt(1 - r * r) * l_[:, :k]
        if np.isfinite(self.degrees):
            scale = np.sqrt(rng.chisquare(self.degrees, size=(n, 1)) / self.degrees)
            z, l_ = (to_normal_scores(part / scale, self.degrees) for part in (z, l_))
        return z, l_

    def fitting_loss(self):
        """What held-out rows lose on average to the errors of a fitted normal law, in nats.

        The expected excess of ``-log`` density over the truth's, of the joint law less those
        of Z and of l, for a covariance of ``n_rows`` rows: Wishart means again.

        Returns
        -------
        float
        """
        p, q, degrees = len(self.of_z), len(self.of_l), self.n_rows - 1

        def excess(width):
            trace = degrees * width / max(degrees - width - 1, 1)
            return 0.5 * (trace - width + _wishart_excess(width, degrees))

        return excess(p + q) - excess(p) - excess(q)


def to_normal_scores(values, degrees):
    """Columns with Student margins as normal scores; the inverse of what the fit does."""
    below = stdtr(degrees, -np.abs(values))
    return -np.sign(values) * ndtri(np.maximum(below, 1e-300))


def _scatter(rows, degrees):
    """The matrix of a Student law with known degrees of freedom, by maximum likelihood."""
    # A column of l that is a combination of columns of Z makes the matrix singular, and the
    # information infinite; with this ridge it comes out far above log n instead.
    ridge = _RIDGE * np.eye(rows.shape[1])
    if np.isinf(degrees):
        return np.cov(rows.T) + ridge
    scatter = rows.T @ rows / len(rows) + ridge
    for _ in range(_SCATTER_STEPS):
        distance = (np.linalg.solve(scatter, rows.T) * rows.T).sum(axis=0)
        weight = (degrees + rows.shape[1]) / (degrees + distance)
        # Dividing by the weights in place of the rows converges faster, to the same point.
        scatter = (rows.T * weight) @ rows / weight.sum() + ridge
    return scatter


def _log_likelihood(rows, scatter, degrees):
    """Log density of a Student copula at rows with Student margins, summed."""
    diagonal = np.diag(scatter)
    scaled = rows / np.sqrt(diagonal)
    correlation = scatter / np.sqrt(np.outer(diagonal, diagonal))
    distance = (np.linalg.solve(correlation, scaled.T) * scaled.T).sum(axis=0)
    log_det, width = np.linalg.slogdet(correlation)[1], rows.shape[1]
    if np.isinf(degrees):
        return float((-0.5 * log_det - 0.5 * (distance - (scaled**2).sum(axis=1))).sum())
    joint = _log_constant(width, degrees) - 0.5 * log_det
    joint = joint - 0.5 * (degrees + width) * np.log1p(distance / degrees)
    single = _log_constant(1, degrees) - 0.5 * (degrees + 1) * np.log1p(scaled**2 / degrees)
    return float((joint - single.sum(axis=1)).sum())


def fit_copula(z, l_, degrees=None):
    """Fit a normal copula, or a Student copula where that is clearly more likely.

    Parameters
    ----------
    z, l_ : ndarray of shape (n, p), (n, q)
        Normal scores.
    degrees : float or None, default=None
        Degrees of freedom, infinity for the normal copula; None lets the likelihood choose,
        against a penalty of half the logarithm of n (Schwarz 1978).

    Returns
    -------
    Copula

    References
    ----------
    S. Demarta and A. McNeil, "The t copula and related copulas", 2005, section 3.
    J. Kent, D. Tyler and Y. Vardi, "A curious likelihood identity for the multivariate
    t-distribution", 1994 (the scatter matrix).
    """
    n, p = z.shape
    both = np.hstack([z, l_])

    def fitted(nu):
        rows = _to_margins(both, nu)
        scatter = _scatter(rows, nu)
        return nu, scatter, _log_likelihood(rows, scatter, nu)

    tried = [fitted(np.inf if degrees is None else degrees)]
    best = tried[0]
    if degrees is None:
        bar = best[2] + 0.5 * np.log(n)
        for nu in _DEGREES:
            tried.append(fitted(nu))
            if tried[-1][2] <= bar:
                # The likelihood has one maximum in the degrees of freedom; the first step
                # from infinity may fall short of the penalty, the second would not.
                if nu < _DEGREES[1]:
                    break
                continue
            best, bar = tried[-1], tried[-1][2]
    degrees, scatter, likelihood = best
    likely = [
        _nats(s, p, n, nu) for nu, s, found in tried if found > likelihood - _NEARLY_AS_LIKELY
    ]
    nats = _nats(scatter, p, n, degrees)
    whiten_z = np.linalg.cholesky(np.linalg.inv(scatter[:p, :p]))
    whiten_l = np.linalg.cholesky(np.linalg.inv(scatter[p:, p:]))
    left, r, right = np.linalg.svd(whiten_z.T @ scatter[:p, p:] @ whiten_l)
    r = np.minimum(r, _LARGEST_CORRELATION)
    maps = whiten_z @ left, whiten_l @ right.T
    return Copula(float(degrees), *maps, r, nats, n, min([nats, *likely]), max([nats, *likely]))


def _nats(scatter, n_z, n_rows, degrees):
    """Information of a normal or Student law, without the bias of a sample."""
    nats = normal_information(scatter, n_z, n_rows)
    if np.isfinite(degrees):
        widths = n_z, len(scatter) - n_z, len(scatter)
        entropies = [_student_entropy(width, degrees) for width in widths]
        nats += entropies[0] + entropies[1] - entropies[2]
    return float(nats)
