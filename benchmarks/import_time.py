"""What it costs to import the package: time of the processor in new interpreters, and the size of what is installed.

    python benchmarks/import_time.py [--repeats 9]

`import skiplayer` loads the compiled engine and nothing else; scikit-learn, which imports SciPy and, if it is there, pandas,
comes with the first estimator. The second line is therefore compared with scikit-learn's own.
"""

import argparse
import importlib.metadata
import resource
import statistics
import subprocess
import sys

from common import HERE, Record, markdown

PROGRAMS = {
    "nothing": "pass",
    "import skiplayer": "import skiplayer; skiplayer.__version__",
    "from sklearn.linear_model import LinearRegression": "from sklearn.linear_model import LinearRegression",
    "from skiplayer import SkipLayerRegressor": "from skiplayer import SkipLayerRegressor",
}


def processor_seconds(program):
    """Of the processor, so that it holds on a busy machine too."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", program], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def installed_bytes():
    return sum(file.locate().stat().st_size for file in importlib.metadata.files("skiplayer") if file.locate().exists())


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--repeats", type=int, default=9)
    ap.add_argument("--note", default="", help="what should be known about the machine and the build")
    ap.add_argument("--record", default=str(HERE / "records" / "import_time.json"), help="JSON record to write")
    a = ap.parse_args()
    versions = {package: importlib.metadata.version(package) for package in ("skiplayer", "scikit-learn", "pandas")}
    record = Record(a.record, versions, repeats=a.repeats, note=a.note, about=__doc__.split("\n\n", 2)[2].strip())
    seconds = {name: [] for name in PROGRAMS}
    for _ in range(a.repeats + 1):
        for name, program in PROGRAMS.items():
            seconds[name].append(processor_seconds(program))
    # The first of each fills the caches of files.
    medians = {name: statistics.median(of_name[1:]) for name, of_name in seconds.items()}
    rows = [[name, f"{median - medians['nothing']:.3f}"] for name, median in medians.items() if name != "nothing"]
    table = markdown(["program", "processor seconds beyond those of Python"], rows)
    record.save(seconds=seconds, medians=medians, installed_bytes=installed_bytes(), complete=True, table=table)
    print(table)


if __name__ == "__main__":
    main()
