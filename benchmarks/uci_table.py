"""The judgement of the UCI table: test RMSE over the 20 usual 90/10 splits, beside published figures.

Our mean is "at or below" if it does not exceed the best of the neural columns and OLS by more than one standard error. Against
OLS that is the paired one (of the differences by split). Published means have no values by split, so against them it is the
standard error of our own mean over the splits, with the published mean taken as a constant. Splits overlap in their training
rows, so either one describes the spread over splits; it is not an exact error of the mean.
"""

import math

import numpy as np
from common import counted, markdown, number, standard_error

COLUMNS = ["PBP", "MC dropout", "deep ens.", "MC-grid", "OLS published", "nnet skip", "LightGBM", "LightGBM linear_tree"]
NEURAL = ["PBP", "MC dropout", "deep ens.", "MC-grid", "nnet skip"]
PUBLISHED = {
    "boston": [3.01, 2.97, 3.28, 2.90, 4.59, 3.15, 3.02, 2.83],
    "concrete": [5.67, 5.23, 6.03, 4.82, 10.31, 5.41, 4.59, 5.50],
    "energy": [1.80, 1.66, 2.09, 0.54, 3.06, 0.483, 0.559, 0.413],
    "power": [4.12, 4.02, 4.11, 4.01, 4.59, 4.00, None, None],
    "wine": [0.64, 0.62, 0.64, 0.62, 0.665, 0.651, 0.595, 0.595],
    "yacht": [1.02, 1.11, 1.58, 0.67, 8.97, 0.525, 1.44, 0.444],
}
ABOUT = (
    "PBP: Hernandez-Lobato & Adams 2015; MC dropout: Gal & Ghahramani 2016; deep ens.: Lakshminarayanan et al. 2017; MC-grid: "
    "MC dropout with tuned hyperparameters, rerun of 2018 (Mukhoti et al.); OLS published, nnet skip (R nnet with skip layer) and "
    "LightGBM: earlier measurements of this project on the same splits. Means over 20 splits."
)


def summary(name, splits):
    """Means, standard errors and the judgement for one set, from the splits that succeeded."""
    done = [s for s in splits if "rmse" in s]
    out = {"splits_done": len(done), "splits_failed": len(splits) - len(done)}
    if not done:
        return out
    ours, ols = np.array([s["rmse"] for s in done]), np.array([s["ols_rmse"] for s in done])
    reference = dict(zip(COLUMNS, PUBLISHED[name], strict=True)) if name in PUBLISHED else {}
    out.update(
        rmse_mean=float(ours.mean()),
        rmse_se=standard_error(ours),
        ols_mean=float(ols.mean()),
        ols_se=standard_error(ols),
        minus_ols_mean=float((ours - ols).mean()),
        minus_ols_paired_se=standard_error(ours - ols),
        seconds_median=float(np.median([s.get("seconds", np.nan) for s in done])),
        units_median=float(np.median([s.get("n_units", np.nan) for s in done])),
        units=[s.get("n_units") for s in done],
        methods=counted(s.get("method") for s in done),
        not_converged=sum(not s.get("converged", True) for s in done),
        reference=reference,
    )
    rivals = {k: reference[k] for k in NEURAL if k in reference} | {"OLS": out["ols_mean"]}
    best = min(rivals, key=rivals.get)
    se = out["minus_ols_paired_se"] if best == "OLS" else out["rmse_se"]
    gap = out["rmse_mean"] - rivals[best]
    verdict = "below" if gap <= 0 else "not at or below"
    if gap > 0 and math.isfinite(se) and gap <= se:
        verdict = "within one standard error"
    out.update(best_rival=best, best_rival_rmse=rivals[best], gap=gap, gap_se=se,
               gap_se_kind="paired over splits" if best == "OLS" else "of our mean over splits, published value a constant",
               verdict=verdict)  # fmt: skip
    return out


def tables(summaries):
    rows, judged = [], []
    for name, s in summaries.items():
        if "rmse_mean" not in s:
            rows.append([name, f"0 (+{s['splits_failed']} failed)"] + [""] * (len(COLUMNS) + 5))
            continue
        digits = 3 if s["rmse_mean"] < 1 else 2
        failed = f" (+{s['splits_failed']} failed)" if s["splits_failed"] else ""
        rows.append(
            [name, f"{s['splits_done']}{failed}", f"**{number(s['rmse_mean'], digits)}** +- {number(s['rmse_se'], digits)}",
             number(s["ols_mean"], digits), number(s["units_median"], 0), number(s["seconds_median"], 2), s["methods"]]
            + [("" if v is None else f"{v:g}") for v in s["reference"].values()]
        )  # fmt: skip
        judged.append(
            [name, f"{s['best_rival']} {s['best_rival_rmse']:.3f}", f"{s['gap']:+.3f}", number(s["gap_se"]), s["gap_se_kind"], s["verdict"]]
        )
    head = ["set", "splits", "skiplayer RMSE", "OLS", "units", "s/fit", "method", *COLUMNS]
    first = markdown(head, rows)
    second = markdown(["set", "best of the neural columns and OLS", "ours minus it", "SE", "which SE", "ours is"], judged)
    return f"{first}\n\n{second}"
