"""Two or several classes, in order or not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.utils import compute_sample_weight
from sklearn.utils.validation import check_is_fitted

from skiplayer._base import SkipLayerEstimator
from skiplayer._checks import NONE, Choice, Fulfils, Truth, check
from skiplayer._columns import Columns, word
from skiplayer._labels import label_column, labels, ordered_categories
from skiplayer._parameters import documented
from skiplayer._progress import Progress
from skiplayer._renamed import OF_A_FIT, renamed_parameters
from skiplayer._skiplayer import Model
from skiplayer._threads import n_threads

DICT = Fulfils("a dict", lambda value: isinstance(value, dict))
LABELS = Fulfils("a sequence of labels", lambda value: isinstance(value, (list, tuple, np.ndarray)))


@documented
class SkipLayerClassifier(ClassifierMixin, SkipLayerEstimator):  # type: ignore[misc]
    """Logistic regression plus hidden units that are kept only if they improve it.

    Fits ``f(x) = b + A x + V act(W x + c)`` to log odds (two classes), scores (several classes, softmax) or one score of
    classes in order (proportional odds). Inputs are
    standardised inside; coefficients are told in original units of the inputs.

    Parameters
    ----------
    loss : {"auto", "ordinal"}, default="auto"
        "auto": logistic for two classes, softmax for more. "ordinal" is for classes in order, by proportional odds: the
        probability of a class or a lower one is ``1 / (1 + exp(f(x) - threshold))``, with the thresholds `thresholds_`.
    classes : sequence of labels, default=None
        Of loss="ordinal": the classes in their order, the lowest first. None is the order of whole numbers, or that of ordered
        categories; text has none.
    class_weight : "balanced", dict or None, default=None
        Weights of the classes, by which `sample_weight` is multiplied. "balanced": in inverse proportion to their rows.
    %(parameters)s

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Labels, sorted. With two classes `coef_` belongs to the second.
    thresholds_ : ndarray of shape (n_classes - 1,)
        Of loss="ordinal", in the order of the classes, on the scale of `latent_score`.
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

    _rules = {
        "loss": [Choice("auto", "ordinal")],
        "classes": [LABELS, NONE],
        "class_weight": [Choice("balanced"), DICT, NONE],
        **SkipLayerEstimator._rules,
    }

    @renamed_parameters(OF_A_FIT)
    def __init__(
        self,
        *,
        loss: str = "auto",
        classes: Any = None,
        class_weight: Any = None,
        method: str = "auto",
        penalty: str = "l1",
        path_start: str = "dense",
        alpha_choice: str = "min",
        n_units: int | None = None,
        depth: int = 1,
        activation: str = "tanh",
        skip: bool = True,
        n_starts: int = 8,
        inner_folds: Any = 5,
        stochastic_above: int = 20_000,
        inference: str = "whole",
        monotone: Any = None,
        unpenalized: Any = None,
        penalty_factor: Any = None,
        interactions: Any = None,
        max_seconds: float | None = None,
        n_jobs: int | None = None,
        random_state: Any = 1,
        verbose: int = 0,
        callback: Callable[[Progress], object] | None = None,
    ) -> None:
        super().__init__(
            method=method,
            penalty=penalty,
            path_start=path_start,
            alpha_choice=alpha_choice,
            n_units=n_units,
            depth=depth,
            activation=activation,
            skip=skip,
            n_starts=n_starts,
            inner_folds=inner_folds,
            stochastic_above=stochastic_above,
            inference=inference,
            monotone=monotone,
            unpenalized=unpenalized,
            penalty_factor=penalty_factor,
            interactions=interactions,
            max_seconds=max_seconds,
            n_jobs=n_jobs,
            random_state=random_state,
            verbose=verbose,
            callback=callback,
        )
        self.loss = loss
        self.classes = classes
        self.class_weight = class_weight

    # The classes, the lowest first, of a fit to rows in memory that says so; rows in parts have no order.
    _order_: list[str] | None = None

    def _task(self) -> str:
        if self.loss == "ordinal":
            return "ordinal"
        return "binary" if len(self.classes_) == 2 else "multiclass"

    def _weight(self, y: Any, sample_weight: Any, n_samples: int) -> Any:
        if self.class_weight is None:
            return sample_weight
        weight = compute_sample_weight(self.class_weight, labels(y, n_samples, self))
        return weight if sample_weight is None else weight * sample_weight

    def _targets(self, y: Any, taken: list[str], sample_weight: Any, n_samples: int) -> Columns:
        given = labels(y, n_samples, self)
        self.classes_ = np.unique(given if sample_weight is None else given[sample_weight > 0])
        if len(self.classes_) < 2:
            found = f"one class: {self.classes_[0]!r}" if len(self.classes_) else "no class"
            raise ValueError(f"{type(self).__name__} needs samples of at least 2 classes, but y holds {found}.")
        self._order_ = self._given_order(y)
        return label_column(y, given, taken)

    def _given_order(self, y: Any) -> list[str] | None:
        """The classes, the lowest first, where the caller or ordered categories say so."""
        if self.classes is not None:
            if self.loss != "ordinal":
                raise ValueError('classes: found some, expected None, as only loss="ordinal" has an order of classes.')
            return [word(label) for label in np.asarray(self.classes).tolist()]
        categories = ordered_categories(y)
        if self.loss != "ordinal" or categories is None:
            return None
        there = set(self.classes_.tolist())
        return [word(label) for label in categories if label in there]

    def _loss(self) -> dict[str, Any]:
        return {"classes": self._order_} if self._order_ is not None else {}

    def _label_kind(self) -> str:
        kinds = {"b": "truth_value", "i": "integer", "u": "integer", "f": "number"}
        return kinds.get(self.classes_.dtype.kind, "text")

    def _take(self, model: Model) -> None:
        super()._take(model)
        # The engine sorts numbers by their size as 64-bit floats, which may leave large ones in another order.
        engines = {label: k for k, label in enumerate(self.record_["classes"])}
        self._class_order_ = np.array([engines[word(label)] for label in self.classes_.tolist()])
        if self.record_["task"] == "ordinal":
            self.thresholds_ = np.array(self.record_["thresholds"])

    def _of_outputs(self, values: Any) -> Any:
        if self.record_["task"] == "ordinal":
            return values
        if len(values) > 1:
            return values[self._class_order_]
        return values if self._class_order_[0] == 0 else -values

    def __call__(self, X: Any) -> NDArray[np.float64]:
        told = self.latent_score if self.loss == "ordinal" else self.decision_function
        return told(X, **self._without_offset())

    def predict(self, X: Any, *, offset: Any = None) -> NDArray[Any]:
        """Predict the likeliest class.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)
        offset : array of shape (n_samples,) or float, optional
            As in `fit`, where the model was fitted with one.

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        codes = self._predicted(X, offset)[0]
        return np.asarray(self.classes_[np.argsort(self._class_order_)[codes]])

    def predict_proba(self, X: Any, calibrated: bool = False, *, offset: Any = None) -> NDArray[np.float64]:
        """Predict probabilities.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)
        calibrated : bool, default=False
            Calibrate them by temperature scaling on out-of-fold predictions; needs `evaluate` before.
        offset : array of shape (n_samples,) or float, optional
            As in `fit`, where the model was fitted with one.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            In the order of `classes_`; rows sum to 1.

        References
        ----------
        Guo, Pleiss, Sun & Weinberger (2017), On calibration of modern neural networks, ICML: the inverse temperature.
        """
        check(calibrated, "calibrated", [Truth()], f"{type(self).__name__}.predict_proba")
        if calibrated:
            inputs = self._inputs_beside(X, offset, None)
            level = self._level(0.5, "predict_proba")  # whatever it is: probabilities have none
            columns = self.model_.predict_interval(inputs, level, n_threads(self.n_jobs))
        else:
            columns = self._predicted(X, offset)[1:]
        return np.column_stack(columns)[:, self._class_order_]

    def predict_log_proba(self, X: Any, *, offset: Any = None) -> NDArray[np.float64]:
        """Predict the logarithms of probabilities.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)
        offset : array of shape (n_samples,) or float, optional
            As in `fit`, where the model was fitted with one.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
        """
        return np.asarray(np.log(self.predict_proba(X, offset=offset)))

    def decision_function(self, X: Any, *, offset: Any = None) -> NDArray[np.float64]:
        """Log odds of the second class, the score of each of several, or the log probability of each of several in order.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)
        offset : array of shape (n_samples,) or float, optional
            As in `fit`, where the model was fitted with one.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_classes)
        """
        check_is_fitted(self)
        if self.record_["task"] == "ordinal":
            if len(self.classes_) > 2:
                return self.predict_log_proba(X, offset=offset)
            odds = self.latent_score(X, offset=offset) - self.thresholds_[0]
            return np.asarray(odds if self._class_order_[0] == 0 else -odds)
        inputs = self._inputs_beside(X, offset, None)
        outputs = np.stack(self.model_.linear_predictor(inputs, n_threads(self.n_jobs)))
        values: NDArray[np.float64] = self._of_outputs(outputs)
        # Scores are unique up to what they have in common; so are `coef_` and `intercept_`, which are centred too.
        return np.asarray(values[0] if len(values) == 1 else (values - values.mean(axis=0)).T)

    def latent_score(self, X: Any, *, offset: Any = None) -> NDArray[np.float64]:
        """Of loss="ordinal", the score that `thresholds_` cut into classes: one more is one more in the log odds of every
        higher class against those below it. `coef_`, `formulas_` and effects are of this score.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)
        offset : array of shape (n_samples,) or float, optional
            As in `fit`, where the model was fitted with one.

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        check_is_fitted(self)
        if self.loss != "ordinal":
            raise ValueError(f'latent_score: found loss="{self.loss}", expected "ordinal"; others have decision_function.')
        inputs = self._inputs_beside(X, offset, None)
        return np.asarray(self.model_.linear_predictor(inputs, n_threads(self.n_jobs))[0])

    def predict_set(self, X: Any, level: float = 0.9, *, offset: Any = None) -> NDArray[np.bool_]:
        """Sets of classes that hold the right one in a share `level` of rows; needs `evaluate` before.

        Parameters
        ----------
        X : array or data frame of shape (n_samples, n_features)
        level : float, default=0.9
            Coverage, between 0 and 1.
        offset : array of shape (n_samples,) or float, optional
            As in `fit`, where the model was fitted with one.

        Returns
        -------
        ndarray of bool, shape (n_samples, n_classes)

        References
        ----------
        Sadinle, Lei & Wasserman (2019), Least ambiguous set-valued classifiers with bounded error levels, JASA 114.
        """
        probabilities = self.predict_proba(X, offset=offset)
        least = self.model_.least_probability(self._level(level, "predict_set"))
        assert least is not None, "a classifier's intervals are sets of classes"
        return probabilities >= least
