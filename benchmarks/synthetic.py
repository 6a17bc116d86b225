"""Does it say "linear" when the truth is linear, and does it add units when it is not?

    python benchmarks/synthetic.py --bin skiplayer [--seeds 100] [--jobs 2] [--cases linear product ...]

Linear case: y = 2 x1 - x2 + .5 x3 + .5 e, x and e standard normal, n = 400, p = 8. Counted over seeds: no unit left; exactly
x1, x2, x3 used; each of their coefficients within 2% of least squares fitted on x1, x2, x3 alone (the fit of someone who knows the
support; it is not the least squares fit on all eight). Its twin, n = 2000, p = 8, is the same truth with one bend: + .3 x1 x2;
tanh(2 x1) in place of 2 x1; + .5 sin(3 x3). Counted: at least one unit. One without the other proves nothing: a program that never
adds a unit passes the first, one that always keeps some passes the second.
"""

import argparse
import concurrent.futures
import pathlib
import shlex
import tempfile

import numpy as np
from common import Cli, CliError, Record, add_common, counted, markdown, number, write_csv

P = 8
NAMES = [f"x{j + 1}" for j in range(P)]
CASES = {
    "linear": (400, lambda x: 2 * x[:, 0] - x[:, 1] + 0.5 * x[:, 2], "2 x1 - x2 + .5 x3"),
    "product": (2000, lambda x: 2 * x[:, 0] - x[:, 1] + 0.5 * x[:, 2] + 0.3 * x[:, 0] * x[:, 1], "+ .3 x1 x2"),
    "tanh": (2000, lambda x: np.tanh(2 * x[:, 0]) - x[:, 1] + 0.5 * x[:, 2], "tanh(2 x1) for 2 x1"),
    "sine": (2000, lambda x: 2 * x[:, 0] - x[:, 1] + 0.5 * x[:, 2] + 0.5 * np.sin(3 * x[:, 2]), "+ .5 sin(3 x3)"),
}
KEEP = ("method", "n_units", "inputs_used", "coefficients", "intercept", "evidence", "lambda", "converged", "kkt", "seconds",
        "process_seconds", "linear_share_in_sample", "nonlinear_share_in_sample", "warnings")  # fmt: skip


def draw(case, seed):
    n, truth, _ = CASES[case]
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, P))
    return x, truth(x) + 0.5 * rng.standard_normal(n)


def one_seed(cli, case, seed, tmp):
    x, y = draw(case, seed)
    result = {"seed": seed}
    with tempfile.TemporaryDirectory(dir=tmp) as folder:
        folder = pathlib.Path(folder)
        write_csv(folder / "train.csv", [*NAMES, "y"], np.column_stack([x, y]))
        try:
            report = cli.fit(folder / "train.csv", "y", folder / "model", seed=seed)
        except (CliError, ValueError, OSError) as e:
            return {**result, "error": f"{type(e).__name__}: {e}"}
    result.update({k: report[k] for k in KEEP if k in report})
    result["support_exact"] = set(report["inputs_used"]) == {"x1", "x2", "x3"}
    if case == "linear":
        a = np.column_stack([np.ones(len(x)), x[:, :3]])
        ols = np.linalg.lstsq(a, y, rcond=None)[0][1:]
        ours = {c["input"]: c["value"] for c in report["coefficients"]}
        result["ols_on_three"] = ols.tolist()
        result["worst_relative_difference"] = max(abs(ours.get(n, 0.0) / b - 1) for n, b in zip(NAMES[:3], ols, strict=True))
    return result


def summary(case, seeds):
    done = [s for s in seeds if "error" not in s]
    units = [s["n_units"] for s in done]
    out = {
        "n": CASES[case][0],
        "truth": CASES[case][2],
        "seeds": len(done),
        "failed": len(seeds) - len(done),
        "no_units": sum(u == 0 for u in units),
        "some_units": sum(u >= 1 for u in units),
        "units": counted(units),
        "support_exact": sum(s["support_exact"] for s in done),
        "inputs_used": counted(" ".join(s["inputs_used"]) for s in done),
        "not_converged": sum(not s.get("converged", True) for s in done),
        "methods": counted(s.get("method") for s in done),
    }
    if done:
        out["seconds_median"] = float(np.median([s["process_seconds"] for s in done]))
    if case == "linear":
        diff = [s["worst_relative_difference"] for s in done]
        out["within_2_percent"] = sum(d <= 0.02 for d in diff)
        out["linear_all_three"] = sum(
            s["n_units"] == 0 and s["support_exact"] and s["worst_relative_difference"] <= 0.02 for s in done
        )
        if done:
            out["worst_relative_difference"] = {"median": float(np.median(diff)), "max": float(np.max(diff))}
    return out


def tables(summaries):
    rows = []
    for case, s in summaries.items():
        linear = case == "linear"
        rows.append(
            [case, s["truth"], s["n"], f"{s['seeds']}" + (f" (+{s['failed']} failed)" if s["failed"] else ""),
             "0 units" if linear else "1 unit or more", f"**{s['no_units' if linear else 'some_units']}**", s["support_exact"],
             f"{s['within_2_percent']}" if linear else "", s["units"], s["not_converged"], number(s.get("seconds_median"), 2)]
        )  # fmt: skip
    return markdown(
        ["case", "truth", "n", "seeds", "asked", "seeds that do", "uses exactly x1 x2 x3", "coefficients within 2% of OLS on them",
         "units: seeds", "not converged", "s/fit (process, median)"], rows,
    )  # fmt: skip


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_common(ap, "synthetic.json", data=False)
    ap.add_argument("--seeds", type=int, default=100)
    ap.add_argument("--jobs", type=int, default=2, help="fits run at the same time")
    ap.add_argument("--cases", nargs="+", choices=list(CASES), default=list(CASES))
    ap.add_argument("--hidden", type=int, default=10, help="hidden units at the start, passed as --hidden")
    a = ap.parse_args()
    cli = Cli(a.bin, ["--hidden", str(a.hidden), *shlex.split(a.args)])
    results, summaries = {}, {}
    record = Record(a.record, {"skiplayer": cli.version()}, args=a.args, hidden=a.hidden, jobs=a.jobs,
                    about=__doc__.split("\n\n", 2)[2].strip(), data="numpy default_rng(seed): x first, then the noise")  # fmt: skip
    with tempfile.TemporaryDirectory() as tmp, concurrent.futures.ThreadPoolExecutor(a.jobs) as pool:
        for case in a.cases:
            mine = results[case] = []
            todo = [pool.submit(one_seed, cli, case, seed, tmp) for seed in range(a.seeds)]
            for future in concurrent.futures.as_completed(todo):
                mine.append(future.result())
                mine.sort(key=lambda s: s["seed"])
                if "error" in mine[-1]:
                    print("#", mine[-1]["error"], flush=True)
                summaries[case] = summary(case, mine)
                record.save(summaries=summaries, results=results)
            print(f"# {case} done", flush=True)
    text = tables(summaries)
    record.save(complete=True, table=text)
    print("\n" + text)


if __name__ == "__main__":
    main()
