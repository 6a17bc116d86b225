"""What the full procedure says of well-known data sets, each with the options that a statistician would set.

Every set is fitted with the evaluation switched on: nested cross-validation of the contenders, the battery of tests, the
verdict by the written rule, intervals. mice_protein comes twice: folds of single rows, and folds of mice (15 rows each); and
bike_day in order of time, where yr would tell the future from the past. rock comes in groups of four rows, its cores.
What the file format hides (ids, the columns that make the target up) is dropped. Coverage is of out-of-fold rows, at 0.9.
"""

import argparse
import datetime
import json
import pathlib
import shlex
import tempfile
import time

from common import Cli, CliError, Record, add_common, markdown, number

# name: file, target, options
SETS = {
    "concrete": ("classic/concrete_named.csv", "compressive_strength", ""),
    "diabetes": ("", "progression", ""),
    "longley": ("classic/longley.csv", "Employed", ""),
    "prostate": ("classic/prostate.csv", "lpsa", "--drop id,train"),
    "rock": ("", "log_perm", "--group core"),
    "boston": ("uci/boston.csv", "y", ""),
    "energy": ("uci/energy.csv", "y", ""),
    "wine": ("uci/wine.csv", "y", "--task regression"),
    "yacht": ("uci/yacht.csv", "y", ""),
    "power": ("uci/power.csv", "y", ""),
    "bike_day": ("classic/bike_day.csv", "cnt", "--task regression --time dteday --drop instant,casual,registered"),
    "cal_housing": ("classic/cal_housing.csv", "median_house_value", ""),
    "SAheart": ("classic/SAheart.csv", "chd", "--drop row.names"),
    "breast_cancer": ("", "diagnosis", ""),
    "abalone": ("classic/abalone.csv", "x9", "--no-header --task regression"),
    "diamonds": ("classic/diamonds.csv", "price", ""),
    "mice, rows": ("classic/mice_protein.csv", "class", "--drop Genotype,Treatment,Behavior"),
    "mice, by mouse": ("", "class", "--group mouse --drop Genotype,Treatment,Behavior"),
}
KEEP = ("verdict", "gain", "curvature", "linear_share", "nonlinear_share", "comparisons", "linearity_tests", "intervals",
        "sensitivity", "warnings", "seconds", "n_units", "story")  # fmt: skip


def prepared(name, data, folder):
    """The file of a set; those that need a few changes are written to `folder`."""
    out = folder / f"{name.split(',')[0]}.csv"
    if name == "diabetes":
        inputs = (data / "sklearn/diabetes_data_raw.csv").read_text().split("\n")
        target = (data / "sklearn/diabetes_target.csv").read_text().split("\n")
        rows = [",".join(f"{float(v):g}" for v in [*x.split(), y]) for x, y in zip(inputs, target, strict=True) if x]
        return write(out, ["age,sex,bmi,bp,s1,s2,s3,s4,s5,s6,progression", *rows])
    if name == "rock":
        lines = (data / "classic/rock.csv").read_text().split()
        at = {c.strip('"'): i for i, c in enumerate(lines[0].split(","))}
        import math

        rows = []
        for i, line in enumerate(lines[1:]):
            cells = [float(v) for v in line.split(",")]
            rows.append(f"{cells[at['area']]},{cells[at['peri']]},{cells[at['shape']]},core{i // 4},{math.log(cells[at['perm']])}")
        return write(out, ["area,peri,shape,core,log_perm", *rows])
    if name == "breast_cancer":
        first, *rows = (data / "sklearn/breast_cancer.csv").read_text().split("\n")
        names = first.split(",")[2:]
        inputs = [f"x{j + 1}" for j in range(int(first.split(",")[1]))]
        named = [",".join([*r.split(",")[:-1], names[int(r.split(",")[-1])]]) for r in rows if r]
        return write(out, [",".join([*inputs, "diagnosis"]), *named])
    if name == "mice, by mouse":
        first, *rows = (data / "classic/mice_protein.csv").read_text().splitlines()
        named = [f"{r.split(',')[0].split('_')[0]},{r.split(',', 1)[1]}" for r in rows if r]
        return write(out, [f"mouse,{first.split(',', 1)[1]}", *named])
    return data / SETS[name][0]


def write(path, lines):
    path.write_text("\n".join(lines) + "\n")
    return path


def one_set(cli, name, data, folder, reports, seconds):
    _, target, options = SETS[name]
    extra = [*cli.args, *shlex.split(options), *(["--max-seconds", seconds] if seconds else [])]
    if reports:
        extra += ["--report", reports / f"{name.replace(', ', '_').replace(' ', '_')}.html"]
    start = time.perf_counter()
    out, _ = cli._run("fit", prepared(name, data, folder), "--target", target, "--quiet", "--json", "-o", folder / "model", *extra)
    told = json.loads(out)
    if told.get("verdict") is None:
        raise ValueError("the evaluation did not end in time")
    today = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    result = {"date": today, "rows": told.get("n_rows"), "options": options, **{k: told.get(k) for k in KEEP}}
    result["process_seconds"] = time.perf_counter() - start
    keys = ("name", "metric", "mean", "se", "units", "scores")
    result["contenders"] = [{k: c.get(k) for k in keys} for c in told.get("contenders") or []]
    return result


def table(results):
    rows = []
    for name, r in results.items():
        if "error" in r:
            rows.append([name, "", r["error"][:80]])
            continue
        scores = {c["name"]: c for c in r["contenders"]}
        line = next((c for n, c in scores.items() if n == "linear"), None)
        best = r["contenders"][-1]
        gain, p = r["gain"] or {}, (r["curvature"] or {}).get("p_value")
        share = [number(100 * r[k], 0) if r[k] is not None else "" for k in ("linear_share", "nonlinear_share")]
        cover = (r["intervals"] or {}).get("coverage")
        rows.append([
            name, f"**{r['verdict']['code']}**", line and line["metric"], line and f"{number(line['mean'])} ± {number(line['se'])}",
            f"{number(best['mean'])} ± {number(best['se'])}", number(p),
            f"{number(100 * gain['mean'], 1)} [{number(100 * gain['lo'], 1)}, {number(100 * gain['hi'], 1)}]" if gain else "",
            " + ".join(share), r["n_units"], number(cover), number(r["process_seconds"], 0),
        ])  # fmt: skip
    head = ["data", "verdict", "score", "linear", "network", "curvature p", "gain, % [95%]", "shares, %: line + rest",
            "units", "coverage at .9", "s"]  # fmt: skip
    return markdown(head, rows)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_common(ap, "verdicts.json")
    ap.add_argument("--sets", nargs="+", choices=list(SETS), default=list(SETS))
    ap.add_argument("--reports", type=pathlib.Path, help="folder for the HTML reports")
    ap.add_argument("--max-seconds", help="of each evaluation")
    ap.add_argument("--keep", action="store_true", help="keep the results of other sets of an earlier record, with their dates")
    a = ap.parse_args()
    cli, results = Cli(a.bin, shlex.split(a.args)), {}
    if a.keep and pathlib.Path(a.record).exists():
        old = json.loads(pathlib.Path(a.record).read_text())
        results = {name: {"date": old["date"], **result} for name, result in old["results"].items()}
    if a.reports:
        a.reports.mkdir(parents=True, exist_ok=True)
    record = Record(a.record, {"skiplayer": cli.version()}, args=a.args, about=__doc__)
    with tempfile.TemporaryDirectory() as folder:
        for name in a.sets:
            try:
                results[name] = one_set(cli, name, pathlib.Path(a.data), pathlib.Path(folder), a.reports, a.max_seconds)
            except (CliError, OSError, ValueError, KeyError) as e:
                results[name] = {"error": f"{type(e).__name__}: {e}"}
            said = results[name].get("error") or results[name]["verdict"]["code"]
            print(f"# {name}: {said}", flush=True)
            record.save(results=results)
    text = table(results)
    record.save(complete=set(results) == set(SETS), table=text)
    print("\n" + text)


if __name__ == "__main__":
    main()
