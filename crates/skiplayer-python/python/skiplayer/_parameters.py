"""The documentation of parameters and attributes that the estimators share."""

from __future__ import annotations

from typing import TypeVar

Class = TypeVar("Class", bound=type)

PARAMETERS = """method : {"auto", "evidence", "path", "linear"}, default="auto"
        "auto": inner cross-validation decides between the linear model, a sparse network and the mean of several dense
        ones. "evidence": the same by -log evidence. "path": a regularisation path. "linear": the linear model only.
    penalty : {"l1", "group", "hierarchical"}, default="l1"
        What the price of a path is on: weights, hidden units, or inputs by LassoNet's hierarchy. Only with
        ``method="path"`` for the last two.
    path_start : {"dense", "linear"}, default="dense"
        Where a path begins: with a dense network, which loses weights and units, or with the linear model, which one unit
        may enter at each alpha. The latter is several times faster, and as good where few units do. Only with
        ``method="path"``, ``penalty="l1"`` and ``depth=1``.
    alpha_choice : {"min", "1se"}, default="min"
        The alpha of a path: that of the smallest cross-validated loss, or the largest within one standard error of it.
        As in scikit-learn, alpha is the price of weights; the command line and model files call it lambda.
    n_units : int, optional
        Hidden units offered in each layer; 0 gives exactly the linear model. None: from the rows and inputs.
    depth : int, default=1
        Hidden layers; those after the first are residual blocks.
    activation : {"tanh", "relu", "gelu"}, default="tanh"
    skip : bool, default=True
        Whether there is a linear connection from inputs to outputs.
    n_init : int, default=8
        Random starts of the dense network. Unlike elsewhere in scikit-learn, those that are good are averaged.
    cv : int, default=5
        Inner folds that make the choice.
    stochastic_above : int, default=20000
        Tables of more rows are fitted by stochastic steps, in single precision.
    max_seconds : float, optional
        Stop after so long with the best model at hand.
    n_jobs : int, optional
        Threads. None: all processors, or as many as OMP_NUM_THREADS says, which joblib sets in its workers. Results do
        not depend on it.
    random_state : int, RandomState or None, default=1
        Seed of starts and folds. None: another one in every fit.
    verbose : int, default=0
        1 prints the stages of a fit, 2 also their steps.
    callback : callable, optional
        Called with a `Progress` after every event of a fit, in the caller's thread. Raising an exception stops the fit,
        as Ctrl-C does."""

ATTRIBUTES = """coef_ : ndarray of shape (n_coefficients,) or (n_outputs, n_coefficients)
        The projected linear part, which is unique: what one unit more of the input adds to the best linear
        approximation of f, in original units. One entry an input; of categories one a level but the most frequent, and one more where
        cells are missing. `coef_names_` names them.
    coef_standard_error_ : ndarray of the shape of coef_
        Robust standard errors; NaN where there is none.
    intercept_ : float or ndarray of shape (n_outputs,)
    units_ : list of str
        The hidden units that are left, as formulas. `formulas_` holds those of the outputs, in terms of
        inputs and units.
    n_iter_ : int
        Iterations of the solver in the deployed fit; `converged_` says whether the optimality conditions hold.
    alpha_ : float or None
        The price chosen on a path.
    path_ : Bunch of arrays, or None
        With ``method="path"``: ``alpha``, ``n_units``, ``n_inputs``, ``n_weights``, ``train_loss``, ``cv_loss``,
        ``cv_standard_error``.
    evidence_ : float or None
        -log evidence in nats; None for paths.
    linear_share_, nonlinear_share_ : float
        Shares of the variance (or deviance) that the linear part and the hidden units explain. `shares_are_` says "in
        sample" after `fit`, and "out of fold" after `evaluate`.
    verdict_ : str
        After `evaluate`: "linear", "linear_plus_units", "nonlinear", "no_signal" or "undecided"; its reasons are in
        ``evaluation_.verdict``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Only where X is a frame with names.
    n_features_in_ : int
    story_ : str
        The result in a sentence; `messages_` holds what else should be known."""

REFERENCES = """Williams (1995), Bayesian regularization and pruning using a Laplace prior, Neural Computation 7: the price of weights.
    Ripley (1996), Pattern recognition and neural networks: networks with skip-layer connections. Yuan & Lin (2006), Model
    selection and estimation in regression with grouped variables, JRSS B 68: ``penalty="group"``. Lemhadri, Ruan, Abraham &
    Tibshirani (2021), LassoNet, JMLR 22: ``penalty="hierarchical"``. MacKinnon & White (1985), Some
    heteroskedasticity-consistent covariance matrix estimators, Journal of Econometrics 29: HC3."""


def documented(estimator: Class) -> Class:
    """Puts the shared parts into the class's documentation."""
    text = estimator.__doc__ or ""
    for name, part in (("parameters", PARAMETERS), ("attributes", ATTRIBUTES), ("references", REFERENCES)):
        text = text.replace(f"%({name})s", part)
    estimator.__doc__ = text
    return estimator
