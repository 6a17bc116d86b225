"""The documentation of parameters and attributes that the estimators share."""

from __future__ import annotations

from typing import TypeVar

Class = TypeVar("Class", bound=type)

PARAMETERS = """method : {"auto", "evidence", "path", "linear"}, default="auto"
        "auto": inner cross-validation decides between the linear model, a sparse network and the mean of several dense
        ones. "evidence": the same by -log evidence. "path": a regularisation path. "linear": the linear model only.
    penalty : {"l1", "group", "hierarchical"}, default="l1"
        What the penalty of a path is on: weights, hidden units, or inputs by LassoNet's hierarchy. Only with
        ``method="path"`` for the last two.
    path_start : {"dense", "linear"}, default="dense"
        Where a path begins: with a dense network, which loses weights and units, or with the linear model, which one unit
        may enter at each alpha. The latter is several times faster, and as accurate if few units are needed. Only with
        ``method="path"``, ``penalty="l1"`` and ``depth=1``.
    alpha_choice : {"min", "1se"}, default="min"
        The alpha of a path: that of the smallest cross-validated loss, or the largest within one standard error of it.
        As in scikit-learn, alpha is the strength of the penalty; the command line and model files call it lambda.
    n_units : int, optional
        Hidden units offered in each layer; 0 gives exactly the linear model. None: from the rows and inputs.
    depth : int, default=1
        Hidden layers; those after the first are residual blocks.
    activation : {"tanh", "relu", "gelu"}, default="tanh"
    skip : bool, default=True
        Whether there is a linear connection from inputs to outputs.
    n_starts : int, default=8
        Random starts of the dense network. Unlike elsewhere in scikit-learn, those that are good are averaged.
    inner_folds : int, splitter or iterable of splits, default=5
        Inner folds that make the choice: their number, a splitter of scikit-learn or a list of pairs of training and test
        rows, which have to test each row once and train on all others.
    stochastic_above : int, default=20000
        Tables of more rows are fitted by stochastic steps, in single precision.
    inference : {"whole", "split"}, default="whole"
        What the standard errors of coefficients account for. ``"split"``: beside the model, half of the rows chooses inputs
        and the other half estimates their coefficients, so that their errors are honest after the choice
        (``model_.inspect()["explanation"]["split"]``).
    monotone : dict or array of shape (n_features,), optional
        Columns of numbers in which f never falls (1) or never rises (-1), whatever the other columns are: a dict from names
        or places of columns, or a number for each, 0 for those that may do both. It holds everywhere, by the signs of
        weights. Methods "auto" and "evidence", one hidden layer, tanh or relu, one output.
    unpenalized : list of columns, optional
        Their linear coefficients are neither penalised nor removed.
    penalty_factor : dict or array of shape (n_features,), optional
        Factors of the penalty of the weights of columns, above 0; 1 for those that are not there.
    interactions : "none" or list of lists of columns, optional
        Groups of columns that hidden units may combine; columns of no group act on their own, with ``"none"`` all do. None:
        all may interact.
    max_seconds : float, optional
        Stop after so long with the best model at hand. `evaluate` fits first: if the time ends before two folds are done,
        there is a model without a verdict.
    n_jobs : int, optional
        Threads of every method, as joblib counts them. None: as many as OMP_NUM_THREADS says, which joblib's processes, Dask,
        Ray and Spark set for their workers; one inside a task that joblib runs in a thread; otherwise all processors that the
        process may use. Results do not depend on it.
    random_state : int, RandomState or None, default=1
        Seed of starts and folds. None: another one in every fit.
    verbose : int, default=0
        1 prints the stages of a fit, 2 also their steps.
    callback : callable, optional
        Called with a `Progress` after every event of a fit, in the caller's thread. Returning True stops the fit with the best
        model at hand; raising an exception stops it without one, as Ctrl-C does. ``set_callbacks`` takes those of
        scikit-learn 1.9."""

ATTRIBUTES = """linear_part_ : list of LinearTerm
        The projected linear part, which is unique: what one unit more of the input, or a level instead of the reference, adds
        to the best linear approximation of f, in original units and with robust standard errors.
        ``pandas.DataFrame(model.linear_part_)`` is a table of ``input``, ``kind``, ``level``, ``part``, ``output``,
        ``coefficient`` and ``standard_error``.
    coef_ : ndarray of shape (n_features_in_,) or (n_outputs, n_features_in_)
        Slopes, one for each column. Only there if they are the model: it has no hidden units, and all columns are numbers.
        What a missing cell adds is in `linear_part_`.
    coef_standard_error_ : ndarray of the shape of coef_
        Robust standard errors; NaN where there is none.
    coef_names_ : list of str
        The columns, in the order of `coef_`.
    intercept_ : float or ndarray of shape (n_outputs,)
        Of the linear part.
    feature_importances_ : ndarray of shape (n_features_in_,)
        Share of each column, with everything that it does alone and with others, in the variance of the outputs over the rows
        of the fit: first-order and higher effects (the total Sobol index), scaled to sum to 1.
    units_ : list of str
        The hidden units that are left, as formulas.
    formulas_ : list of str
        The outputs in terms of inputs and units.
    n_iter_ : int
        Iterations of the solver in the deployed fit.
    converged_ : bool
        Whether the optimality conditions hold.
    alpha_ : float or None
        The penalty chosen on a path.
    path_ : Bunch of arrays, or None
        With ``method="path"``: ``alpha``, ``n_units``, ``n_inputs``, ``n_weights``, ``train_loss``, ``cv_loss``,
        ``cv_standard_error``.
    evidence_ : float or None
        -log evidence in nats; None for paths.
    explained_variance_share_ : Bunch
        Shares of the variance (or deviance) that the linear part and the hidden units explain, ``linear`` and ``nonlinear``;
        ``rows`` is "in sample" after `fit` and "out of fold" after `evaluate`.
    linear_share_ : float
        Its ``linear``.
    nonlinear_share_ : float
        Its ``nonlinear``.
    evaluation_ : Bunch or None
        What `evaluate` found; None after `fit`.
    verdict_ : str or None
        After `evaluate`: "linear", "linear_plus_units", "nonlinear", "no_signal" or "undecided"; its reasons are in
        ``evaluation_.verdict``.
    summary_ : str
        The result in one or two sentences.
    warnings_ : list of str
        Warnings about the data and the fit.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Only where X is a frame with names.
    n_features_in_ : int
        Columns of X.
    model_ : Model
        The compiled model.
    record_ : dict
        Everything that is recorded about the fit."""

REFERENCES = """Williams (1995), Bayesian regularization and pruning using a Laplace prior, Neural Computation 7: the penalty.
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
