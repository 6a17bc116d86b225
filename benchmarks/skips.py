"""What the skips do, measured: degradation, layer responses, gradients, lesions, pruning, growing. The figures of docs/results/skips.md.

    cargo build --release -p skiplayer-cli
    python benchmarks/skips.py --data data --bin target/release/skiplayer --work DIR

DIR keeps the run folders: what is finished there is not trained again. Two cores, about half an hour.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import time

from common import Record, add_common

DEPTHS = (20, 56, 110)
DIGITS_EPOCHS, CONCRETE_EPOCHS = 15, 30
STRENGTHS = (0.3, 1.0, 3.0)


class Deep:
    def __init__(self, program, work):
        self.program, self.work = pathlib.Path(program).resolve(), work

    def __call__(self, *words):
        done = subprocess.run([str(self.program), "deep", *map(str, words), "--json"], cwd=self.work, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"deep {words}: {done.stderr.strip()[-500:]}")
        return json.loads(done.stdout)

    def version(self):
        return subprocess.run([str(self.program), "--version"], capture_output=True, text=True).stdout.strip()


def degradation(deep, name, *words):
    start = time.perf_counter()
    new = not (deep.work / name).exists()
    result = deep("degrade", *(["--out", name, *words] if new else ["--resume", name]), "--report", f"{name}.html")
    trainings = [{k: o[k] for k in ("network", "seed", "train_error", "test_error", "n_parameters", "minutes")} for o in result["outcomes"]]
    return {
        "minutes": round((time.perf_counter() - start) / 60, 2) if new else round(sum(o["minutes"] for o in trainings), 2),
        "verdict": result["verdict"],
        "trends": result["trends"],
        "trainings": trainings,
    }


def mean(values):
    values = list(values)
    return sum(values) / len(values)


def figures(seen):
    """The numbers of one inspection that the page tells."""
    product = lambda flow: flow["signals"][0]["backward"] / flow["signals"][-1]["backward"]  # noqa: E731
    out = {"network": seen["network"], "step": seen["step"]}
    if seen["responses"]:
        out["mean_response"] = mean(r["standard_deviation"] for r in seen["responses"])
        known = [r for r in seen["responses"] if r["closed_form"]]
        out["closed_form_off"] = max((abs(r["standard_deviation"] / r["closed_form"] - 1) for r in known), default=None)
    for moment in seen["gradients"]:
        key = "without_batch_norm" if moment["without_batch_norm"] else f"step_{moment['step']}"
        flow = moment["flow"]
        out.setdefault("gradient_first_over_last", {})[key] = product(flow)
        weights = flow["weights"]
        out.setdefault("weight_gradient_first_over_last", {})[key] = weights[0]["gradient"] / weights[-1]["gradient"]
    if seen["shattered"]:
        out["correlation_at_lag_1"] = seen["shattered"]["autocorrelation"][1]
    if seen["lesions"]:
        whole = seen["lesions"]["error"]
        single = [s["error"] for s in seen["lesions"]["single"] if s["error"] is not None and not s["changes_shape"]]
        out |= {"error": whole, "more_without_one": mean(single) - whole, "most_without_one": max(single) - whole}
    if seen["paths"]:
        out["effective_path_length"] = seen["paths"]["effective_length"]
    if seen["mixing"]:
        out["last_input_from_last_branch"] = seen["mixing"]["readers"][-1]["shares"][-1]
    if seen["landscape"]:
        reach = max(h["a"] for h in seen["landscape"])
        out["loss_at_corners"] = mean(h["loss"] for h in seen["landscape"] if abs(h["a"]) == reach == abs(h["b"]))
        out["loss_in_the_middle"] = min(seen["landscape"], key=lambda h: abs(h["a"]) + abs(h["b"]))["loss"]
    return out


def gradients_at_start(deep):
    """After one step of training, whose start is told too."""
    rows = []
    for family in ("plain", "resnet"):
        for depth in DEPTHS:
            run = f"start-{family}-{depth}"
            if not (deep.work / run).exists():
                deep("train", f"{family}-{depth}", "--data", "digits", "--set", "budget.iterations=1", "--out", run)
            rows.append(figures(deep("inspect", run, "--only", "gradients,shattered")["inspections"][0]))
    return rows


def pruned(deep, run, out, epochs, strength):
    if not (deep.work / out).exists():
        deep("prune", run, "--lambda", strength, "--epochs", epochs, "--out", out)
    result = deep("prune", "--resume", out)
    return {k: result[k] for k in ("network", "lambda", "removed", "parameters", "multiply_adds", "error", "curve")} | {
        "branches": len(result["blocks"])
    }


def grown(deep, run, to, out, *words):
    if not (deep.work / out).exists():
        return {"from": run, "to": to} | deep("grow", run, "--to", to, "--out", out, *words)["difference"]
    return None


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_common(ap, "skips.json")
    ap.add_argument("--work", required=True, help="folder for the trainings")
    a = ap.parse_args()
    work = pathlib.Path(a.work)
    work.mkdir(parents=True, exist_ok=True)
    deep = Deep(a.bin, work)
    concrete = pathlib.Path(a.data, "concrete.csv").resolve()
    record = Record(a.record, {"skiplayer": deep.version()}, about=__doc__.split("\n\n", 1)[0])
    body = {}

    def keep(**parts):
        body.update(parts)
        record.save(**body)
        print(", ".join(parts), "done", file=sys.stderr, flush=True)

    keep(concrete=degradation(deep, "degrade-concrete", "--data", concrete, "--target", "compressive_strength",
                              "--epochs", CONCRETE_EPOCHS, "--batch", 64))  # fmt: skip
    keep(digits=degradation(deep, "degrade-digits", "--data", "digits", "--epochs", DIGITS_EPOCHS))
    runs = [f"degrade-digits/{family}-{depth}-seed-1" for depth in (20, 56) for family in ("plain", "resnet")]
    keep(inside=[figures(seen) for seen in deep("inspect", *runs, "--report", "inspect-digits.html")["inspections"]])
    tables = [f"degrade-concrete/{family}-64-32-seed-1" for family in ("mlp", "resmlp")]
    keep(inside_concrete=[figures(seen) for seen in deep("inspect", *tables, "--report", "inspect-concrete.html")["inspections"]])
    keep(gradients_at_start=gradients_at_start(deep))
    keep(pruning=[pruned(deep, runs[3], f"pruned-{strength:g}", 6, strength) for strength in STRENGTHS])
    keep(pruning_concrete=pruned(deep, "degrade-concrete/resmlp-64-32-seed-1", "pruned-concrete", CONCRETE_EPOCHS, 0.05))
    keep(growing=[grown(deep, runs[1], "resnet-32", "grown"), grown(deep, runs[0], "plain-32", "grown-dirac", "--dirac")])
    seen = deep("inspect", *runs[2:], "--only", "landscape", "--examples", 200, "--report", "landscape-digits.html")
    keep(landscape=[figures(s) for s in seen["inspections"]])
    record.save(complete=True)


if __name__ == "__main__":
    main()
