"""fit_transform that takes the sensitive attribute where fit does."""

from sklearn.base import TransformerMixin

__all__ = ["SensitiveTransformerMixin"]


class SensitiveTransformerMixin(TransformerMixin):
    """scikit-learn's, with ``sensitive_features`` as the third argument, as in ``fit``."""

    def fit_transform(self, X, y=None, sensitive_features=None, **fit_params):
        """Fit, and transform the same rows.

        Parameters
        ----------
        X : array-like of shape (n, p)
            Rows.
        y : array-like of shape (n,) or (n, d)
            Task labels.
        sensitive_features : array-like of shape (n,) or (n, d), default=None
            Sensitive attributes.
        **fit_params
            Further parameters of ``fit``.

        Returns
        -------
        ndarray of shape (n, k)

        Raises
        ------
        TypeError, ValueError
            As ``fit`` raises them.
        """
        return self.fit(X, y, sensitive_features, **fit_params).transform(X)
