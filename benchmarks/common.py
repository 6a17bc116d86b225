"""What the benchmark scripts share: the command line program under test, tables, records. NumPy and the standard library."""

import csv
import json
import os
import pathlib
import platform
import resource
import subprocess
import sys
import tempfile
import time

import numpy as np

from provenance import provenance

HERE = pathlib.Path(__file__).resolve().parent


class CliError(RuntimeError):
    """The program under test failed; the message is the end of what it said."""


class Cli:
    """The `skiplayer` program. `args` are extra arguments for every fit."""

    def __init__(self, path, args=()):
        self.path, self.args = str(pathlib.Path(path).resolve()), list(args)

    def _run(self, *args):
        start = time.perf_counter()
        done = subprocess.run([self.path, *map(str, args)], capture_output=True, text=True)
        if done.returncode != 0:
            raise CliError(f"{args[0]}: exit {done.returncode}: {(done.stderr or done.stdout).strip()[-500:]}")
        return done.stdout, time.perf_counter() - start

    def version(self):
        try:
            return self._run("--version")[0].strip()
        except (CliError, OSError) as e:
            return f"unknown ({e})"

    def fit(self, train, target, model, *extra, seed=1):
        """Fit and return the program's JSON report, with `process_seconds` (whole process, reading the CSV included)."""
        out, seconds = self._run(
            "fit", train, "--target", target, "--no-evaluate", "--seed", seed, "--quiet", "--json", "-o", model,
            *self.args, *extra,
        )  # fmt: skip
        report = json.loads(out)
        report["process_seconds"] = seconds
        return report

    def predict(self, model, data, out):
        """The column `prediction` for the rows of a CSV."""
        self._run("predict", model, data, "-o", out)
        header, rows = read_csv(out)
        return rows[:, header.index("prediction")]


def read_csv(path):
    """Header and rows of a numeric CSV."""
    with open(path, newline="") as f:
        header, *rows = csv.reader(f)
    return header, np.array(rows, dtype=float)


def write_csv(path, header, rows):
    """Numbers with all their digits."""
    with open(path, "w", newline="") as f:
        w = csv.writer(f)
        w.writerow(header)
        w.writerows([repr(float(v)) for v in row] for row in rows)


def rmse(y, f):
    return float(np.sqrt(np.mean((np.asarray(y) - np.asarray(f)) ** 2)))


def ols_predict(x, y, x_new):
    """Least squares with intercept; standardised first, so that the rank decision of lstsq does not depend on units."""
    m, s = x.mean(0), x.std(0)
    s[s == 0] = 1
    a = np.hstack([np.ones((len(x), 1)), (x - m) / s])
    b = np.linalg.lstsq(a, y, rcond=None)[0]
    return np.hstack([np.ones((len(x_new), 1)), (x_new - m) / s]) @ b


def standard_error(v):
    return float(np.std(v, ddof=1) / np.sqrt(len(v))) if len(v) > 1 else float("nan")


def markdown(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(str(c) for c in r) + " |" for r in rows])


def number(v, digits=3):
    """Short text for a table cell."""
    return "" if v is None or (isinstance(v, float) and np.isnan(v)) else f"{v:.{digits}f}"


def counted(values):
    """`skip 18, linear 2` from a list of words."""
    seen = {}
    for v in values:
        seen[str(v)] = seen.get(str(v), 0) + 1
    return ", ".join(f"{k} {n}" for k, n in sorted(seen.items(), key=lambda kv: -kv[1]))


def cpu_model():
    try:
        for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def command_line():
    """The command that made a record, without this machine's folders."""
    words, i = ["python", "benchmarks/" + pathlib.Path(sys.argv[0]).name], 1
    while i < len(sys.argv):
        key, eq, value = sys.argv[i].partition("=")
        if key in ("--data", "--bin", "--engine", "--power", "--work", "--rscript", "--record", "--reports"):
            if not eq:
                i += 1
                value = sys.argv[i]
            if key not in ("--record", "--reports"):
                words += [key, "DIR" if key == "--data" else pathlib.Path(value).name]
        else:
            words.append(sys.argv[i] if " " not in sys.argv[i] else f'"{sys.argv[i]}"')
        i += 1
    return " ".join(words)


def plain(v):
    """NumPy scalars as Python's, NaN and infinities as null: what every JSON reader takes."""
    if isinstance(v, dict):
        return {str(k): plain(x) for k, x in v.items()}
    if isinstance(v, (list, tuple)):
        return [plain(x) for x in v]
    if isinstance(v, (np.generic, np.ndarray)):
        return plain(v.tolist())
    return None if isinstance(v, float) and not np.isfinite(v) else v


class Record:
    """A JSON record, rewritten whole after every result so that an interrupted run keeps what it has."""

    def __init__(self, path, versions, **head):
        self.path = pathlib.Path(path)
        self.body = {
            **provenance(command_line()),
            "machine": {"cpu": cpu_model(), "cores": os.cpu_count(), "system": f"{platform.system()} {platform.machine()}"},
            "versions": {"python": platform.python_version(), "numpy": np.__version__, **versions},
            "complete": False,
            **head,
        }

    def continued(self):
        """Results by table of the record that is there, which this run adds to; none where there is no record yet."""
        if not self.path.exists():
            return {}
        before = json.loads(self.path.read_text())
        self.body["versions"] = before["versions"] | self.body["versions"]
        earlier = {field: before[field] for field in ("command", "commit", "date")}
        self.body["earlier_runs"] = [*before.get("earlier_runs", []), earlier]
        return {result["table"]: result for result in before["results"]}

    def save(self, **changes):
        self.body.update(changes)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_name(self.path.name + ".part")
        part.write_text(json.dumps(plain(self.body), indent=1) + "\n")
        part.replace(self.path)


def limited(words, limit):
    """Runs a command that may take `limit` seconds of processor time: its seconds and peak memory, how it ended, what it printed, and what
    it said besides."""
    stop = lambda: resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))  # noqa: E731
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen([str(word) for word in words], preexec_fn=stop, stdout=out, stderr=said, text=True)
        # Of this child alone, as others may run beside it.
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0), said.seek(0)
        cost = {"seconds": used.ru_utime + used.ru_stime, "peak_mib": used.ru_maxrss / 1024}
        return cost, process.returncode, out.read(), said.read()


def add_common(parser, record, data=True):
    """The arguments that every script has."""
    if data:
        parser.add_argument("--data", required=True, help="folder with the data files")
    parser.add_argument("--bin", required=True, help="the skiplayer program")
    parser.add_argument("--args", default="", help='extra arguments of every fit, in one string: --args "--method path"')
    parser.add_argument("--record", default=str(HERE / "records" / record), help="JSON record to write")


def run_nnet(rscript, jobs, folder):
    """Fit R's nnet; see nnet_fits.R for the fields of a job. Returns (answers, versions, seconds of the whole process)."""
    ask, got = pathlib.Path(folder, "nnet_request.json"), pathlib.Path(folder, "nnet_answer.json")
    ask.write_text(json.dumps({"jobs": jobs}))
    start = time.perf_counter()
    subprocess.run([rscript, "--vanilla", str(HERE / "nnet_fits.R"), str(ask), str(got)], check=True)
    seconds = time.perf_counter() - start
    answer = json.loads(got.read_text())
    for a in answer["answers"]:
        a["predictions"] = [np.atleast_1d(np.array(p, dtype=float)) for p in a["predictions"]]
    return answer["answers"], answer["versions"], seconds
