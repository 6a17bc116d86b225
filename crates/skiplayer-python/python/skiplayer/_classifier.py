"""Two or several classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_array, column_or_1d

from skiplayer._base import SkipLayerEstimator
from skiplayer._columns import Columns, array_like, cells_of, unused
from skiplayer._parameters import documented


@documented
class SkipLayerClassifier(ClassifierMixin, SkipLayerEstimator):  # type: ignore[misc]
    """Logistic regression plus hidden units that have to pay for themselves.

    Fits ``f(x) = b + A x + V act(W x + c)`` to log odds (two classes) or scores (several classes, softmax). Inputs are
    standardised inside; coefficients are told in original units of the inputs.

    Parameters
    ----------
    %(parameters)s

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Labels, sorted. With two classes `coef_` belongs to the second.
    %(attributes)s

    References
    ----------
    %(references)s

    Examples
    --------
    >>> import numpy as np
    >>> from skiplayer import SkipLayerClassifier
    >>> X = np.random.default_rng(0).normal(size=(200, 2))
    >>> y = np.where(X[:, 0] * X[:, 1] > 0, "same", "other")
    >>> SkipLayerClassifier().fit(X, y).predict([[1.0, 1.0]])
    array(['same'], dtype='<U5')
    """

    def _task(self) -> str:
        return "binary" if len(self.classes_) == 2 else "multiclass"

    def _targets(self, y: Any, taken: list[str], sample_weight: Any) -> Columns:
        name = getattr(y, "name", None)
        labels = check_array(array_like(y), ensure_2d=False, dtype=None, input_name="y", estimator=self)
        labels = column_or_1d(labels, warn=True)
        check_classification_targets(labels)
        present = labels
        if sample_weight is not None and len(sample_weight) == len(labels):
            present = labels[sample_weight > 0]
        self.classes_ = np.unique(present)
        if len(self.classes_) < 2:
            found = f"one class: {self.classes_[0]!r}" if len(self.classes_) else "no class"
            raise ValueError(f"{type(self).__name__} needs samples of at least 2 classes, but y holds {found}.")
        return [(unused(name if isinstance(name, str) and name else "y", taken), cells_of(labels))]

    def predict(self, X: Any) -> NDArray[Any]:
        """Predict the likeliest class.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        codes = self._predicted(X)[0]
        return np.asarray(self.classes_[codes])

    def predict_proba(self, X: Any, calibrated: bool = False) -> NDArray[np.float64]:
        """Predict probabilities.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)
        calibrated : bool, default=False
            Make them as sure as those out of fold turned out to be right; needs `evaluate` before.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            In the order of `classes_`; rows sum to 1.

        References
        ----------
        Guo, Pleiss, Sun & Weinberger (2017), On calibration of modern neural networks, ICML: the inverse temperature.
        """
        if not calibrated:
            return np.column_stack(self._predicted(X)[1:])
        inputs = self._inputs(X)
        return np.column_stack(self.model_.predict_interval(inputs, self._level(0.5)))

    def predict_log_proba(self, X: Any) -> NDArray[np.float64]:
        """Predict the logarithms of probabilities.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
        """
        return np.asarray(np.log(self.predict_proba(X)))

    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """Log odds of the second class, or the score of each of several.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_classes)
        """
        inputs = self._inputs(X)
        outputs = self.model_.linear_predictor(inputs)
        return outputs[0] if len(outputs) == 1 else np.column_stack(outputs)

    def predict_set(self, X: Any, level: float = 0.9) -> NDArray[np.bool_]:
        """Sets of classes that hold the right one in a share `level` of rows; needs `evaluate` before.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)
        level : float, default=0.9
            Coverage, between 0 and 1.

        Returns
        -------
        ndarray of bool, shape (n_samples, n_classes)

        References
        ----------
        Sadinle, Lei & Wasserman (2019), Least ambiguous set-valued classifiers with bounded error levels, JASA 114.
        """
        probabilities = self.predict_proba(X)
        least = self.model_.least_probability(self._level(level))
        assert least is not None, "a classifier's intervals are sets of classes"
        return probabilities >= least
