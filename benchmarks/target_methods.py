"""What targets.py compares, and by what: contenders, and measures of held-out rows.

A contender is made of the training rows and the limit that Huber's loss has in them; what it returns predicts a table: means of counts and amounts
(with exposure), log hazards, quantiles by columns, probabilities of classes by columns, probabilities of a success. None where there is no
such objective.
"""

import lightgbm
import numpy as np
import pandas as pd
import xgboost
from interpret.glassbox import ExplainableBoostingClassifier, ExplainableBoostingRegressor
from skiplayer import SkipLayerClassifier, SkipLayerQuantileRegressor, SkipLayerRegressor, SkipLayerSurvival

from target_tables import LEVELS

POWER = 1.5
LIGHTGBM = dict(n_jobs=1, verbose=-1, random_state=1)


def categories(x, like):
    """Words as categories: of the training rows `like`, others are missing."""
    made = x.copy()
    for name in like:
        if not pd.api.types.is_numeric_dtype(like[name]):
            made[name] = pd.Categorical(x[name], categories=sorted(like[name].dropna().unique()))
    return made


def spread(shares, present, n_classes):
    """Probabilities of the classes that the training rows have, in their places among all."""
    every = np.zeros((len(shares), n_classes))
    every[:, np.asarray(present, int)] = shares
    return every


def constant(train, n_classes, delta):
    if train.kind == "durations":
        return lambda rows: np.zeros(len(rows))
    if train.kind == "quantiles":
        values = np.quantile(train.y, LEVELS)
        return lambda rows: np.tile(values, (len(rows), 1))
    if train.kind == "classes in order":
        shares = np.bincount(train.y.astype(int), minlength=n_classes) / len(train)
        return lambda rows: np.tile(shares, (len(rows), 1))
    if train.kind == "outliers":
        return lambda rows: np.full(len(rows), np.median(train.y))
    known = train.trials if train.trials is not None else train.exposure
    rate = train.y.sum() / (len(train) if known is None else known.sum())
    return lambda rows: rate * (np.ones(len(rows)) if rows.exposure is None else rows.exposure)


def skiplayer(method):
    def fit(train, n_classes, delta):
        options = dict(method=method, n_jobs=1, random_state=1)
        if train.kind == "durations":
            model = SkipLayerSurvival(**options).fit(train.x, np.column_stack([train.event, train.y]))
            return lambda rows: model.predict(rows.x)
        if train.kind == "quantiles":
            model = SkipLayerQuantileRegressor(quantiles=list(LEVELS), **options).fit(train.x, train.y)
            return lambda rows: model.predict(rows.x)
        if train.kind == "classes in order":
            model = SkipLayerClassifier(loss="ordinal", **options).fit(train.x, train.y.astype(int))
            return lambda rows: spread(model.predict_proba(rows.x), model.classes_, n_classes)
        power = dict(power=POWER) if train.loss == "tweedie" else {}
        known = {name: getattr(train, name) for name in ("exposure", "trials") if getattr(train, name) is not None}
        model = SkipLayerRegressor(loss=train.loss, **power, **options).fit(train.x, train.y, **known)
        return lambda rows: model.predict(rows.x, **({} if rows.exposure is None else {"exposure": rows.exposure}))

    return fit


def squared(train, n_classes, delta):
    """Squared error of the same table, for its time alone: of log(1 + duration), of shares of successes, of the codes of classes."""
    y, weight = train.y, None
    if train.kind == "durations":
        y = np.log1p(y)
    if train.trials is not None:
        y, weight = y / train.trials, train.trials
    SkipLayerRegressor(n_jobs=1, random_state=1).fit(train.x, y, sample_weight=weight)


def start(rows, train):
    """The logarithm of the expected amount by exposure alone, from which boosting begins where there is one."""
    return np.log(rows.exposure * (train.y.sum() / train.exposure.sum()))


def successes(train):
    """A row for the successes and one for the failures of each, with their numbers as weights."""
    labels = np.repeat([1, 0], len(train))
    return pd.concat([train.x, train.x], ignore_index=True), labels, np.concatenate([train.y, train.trials - train.y])


def with_lightgbm(train, n_classes, delta):
    """With its default settings, and the objective of the table."""
    here = lambda rows: categories(rows.x, train.x)  # noqa: E731
    if train.kind == "quantiles":
        models = [lightgbm.LGBMRegressor(objective="quantile", alpha=level, **LIGHTGBM).fit(here(train), train.y) for level in LEVELS]
        return lambda rows: np.sort(np.column_stack([model.predict(here(rows)) for model in models]), axis=1)
    if train.kind == "classes in order":
        model = lightgbm.LGBMClassifier(**LIGHTGBM).fit(here(train), train.y.astype(int))
        return lambda rows: spread(model.predict_proba(here(rows)), model.classes_, n_classes)
    if train.kind == "successes":
        x, labels, weight = successes(train)
        model = lightgbm.LGBMClassifier(**LIGHTGBM).fit(categories(x, train.x), labels, sample_weight=weight)
        return lambda rows: model.predict_proba(here(rows))[:, 1]
    objective = {
        "negative_binomial": dict(objective="poisson"), "poisson": dict(objective="poisson"), "gamma": dict(objective="gamma"),
        "tweedie": dict(objective="tweedie", tweedie_variance_power=POWER), "huber": dict(objective="huber", alpha=delta),
    }  # fmt: skip
    if train.loss not in objective:
        return None
    model = lightgbm.LGBMRegressor(**objective[train.loss], **LIGHTGBM)
    if train.exposure is None:
        model.fit(here(train), train.y)
        return lambda rows: model.predict(here(rows))
    model.fit(here(train), train.y, init_score=start(train, train))
    return lambda rows: np.exp(start(rows, train) + model.predict(here(rows), raw_score=True))


def with_xgboost(train, n_classes, delta):
    """Of durations alone: LightGBM has no such objective. Times are negative where a row was censored."""
    if train.kind != "durations":
        return None
    time = np.maximum(train.y, 0.5)
    model = xgboost.XGBRegressor(objective="survival:cox", enable_categorical=True, n_jobs=1, random_state=1)
    model.fit(categories(train.x, train.x), np.where(train.event == 1, time, -time))
    return lambda rows: model.predict(categories(rows.x, train.x), output_margin=True)


def ebm(train, n_classes, delta):
    here = lambda rows: categories(rows.x, train.x)  # noqa: E731
    options = dict(n_jobs=1, random_state=1)
    if train.kind == "classes in order":
        model = ExplainableBoostingClassifier(**options).fit(here(train), train.y.astype(int))
        return lambda rows: spread(model.predict_proba(here(rows)), model.classes_, n_classes)
    if train.kind == "successes":
        x, labels, weight = successes(train)
        some = weight > 0
        model = ExplainableBoostingClassifier(**options).fit(categories(x[some], train.x), labels[some], sample_weight=weight[some])
        return lambda rows: model.predict_proba(here(rows))[:, 1]
    objectives = {
        "negative_binomial": "poisson_deviance", "poisson": "poisson_deviance", "gamma": "gamma_deviance",
        "tweedie": f"tweedie_deviance:variance_power={POWER}", "huber": f"pseudo_huber:delta={delta}",
    }  # fmt: skip
    if train.loss not in objectives:
        return None
    model = ExplainableBoostingRegressor(objective=objectives[train.loss], **options)
    if train.exposure is None:
        model.fit(here(train), train.y)
        return lambda rows: model.predict(here(rows))
    model.fit(here(train), train.y, init_score=start(train, train))
    return lambda rows: model.predict(here(rows), init_score=start(rows, train))


METHODS = {
    "skiplayer": skiplayer("auto"), "linear": skiplayer("linear"), "squared": squared, "constant": constant, "LightGBM": with_lightgbm,
    "xgboost": with_xgboost, "EBM": ebm,
}  # fmt: skip


def deviance(y, mean, loss):
    mean = np.maximum(mean, 1e-12)
    if loss == "gamma":
        return np.mean(2 * (y / mean - 1 - np.log(y / mean)))
    if loss == "tweedie":
        a, b = 1 - POWER, 2 - POWER
        return np.mean(2 * (y ** (a + 1) / (a * b) - y * mean**a / a + mean**b / b))
    return np.mean(2 * (np.where(y > 0, y * np.log(np.maximum(y, 1) / mean), 0) - (y - mean)))


def partial_likelihood(time, event, score):
    """The logarithm of the partial likelihood, by Breslow where times are equal."""
    order = np.argsort(-time, kind="stable")
    time, event, score = time[order], event[order], score[order]
    at_risk = np.logaddexp.accumulate(score)
    last = np.searchsorted(-time, -time, side="right") - 1
    return float(np.sum(event * (score - at_risk[last])))


def concordance(time, event, score):
    """Harrell's C: pairs of which the one with the shorter time had its event."""
    first = (time[:, None] < time[None, :]) & (event[:, None] == 1)
    better = (score[:, None] > score[None, :]) + 0.5 * (score[:, None] == score[None, :])
    return float((first * better).sum() / first.sum()) if first.any() else None


def measures(table, tested, predicted, delta):
    """`loss`, less is better, and what else there is; `tested` are the rows that were held out, `predicted` is of all rows."""
    test = table.rows(tested)
    held_out = predicted[tested]
    if not np.isfinite(predicted).all():
        raise ValueError(f"{(~np.isfinite(predicted)).sum()} predictions are not finite")
    if table.kind == "durations":
        # Verweij & van Houwelingen (1993): what the held-out rows add to the log partial likelihood.
        of = lambda rows: partial_likelihood(table.y[rows], table.event[rows], predicted[rows])  # noqa: E731
        added = of(np.ones(len(table), bool)) - of(~tested)
        return {"loss": -added / len(test), "C": concordance(test.y, test.event, held_out)}
    if table.kind == "quantiles":
        short = test.y[:, None] - held_out
        levels = np.array(LEVELS)
        return {"loss": np.mean(np.maximum(levels * short, (levels - 1) * short))}
    if table.kind == "classes in order":
        codes = test.y.astype(int)
        own = np.maximum(held_out[np.arange(len(codes)), codes], 1e-15)
        above = 1 - np.cumsum(held_out, axis=1)[:, :-1]
        rps = np.mean((above - (codes[:, None] > np.arange(above.shape[1]))) ** 2)
        return {"loss": -np.mean(np.log(own)), "RPS": rps}
    if table.kind == "successes":
        p = np.clip(held_out, 1e-15, 1 - 1e-15)
        return {"loss": -np.sum(test.y * np.log(p) + (test.trials - test.y) * np.log1p(-p)) / test.trials.sum()}
    if table.kind == "outliers":
        size = np.abs(test.y - held_out)
        return {"loss": np.mean(np.where(size < delta, size**2 / 2, delta * (size - delta / 2))), "MAE": np.mean(size)}
    return {"loss": deviance(test.y, held_out, table.loss), "MAE": np.mean(np.abs(test.y - held_out))}
