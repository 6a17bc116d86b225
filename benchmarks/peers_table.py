"""The peers' table: medians over the repeats of every program."""

import statistics

from common import counted, markdown, number


def table_of(results):
    rows = []
    for name, programs in results.items():
        for program, runs in programs.items():
            done = [r for r in runs if "rmse" in r]
            if not done:
                rows.append([name, program, f"failed: {runs[0]['error'][:80]}", "", "", "", ""])
                continue
            values = [r["rmse"] for r in done]

            def median(key, done=done):
                found = [r[key] for r in done if r.get(key) is not None]
                return f"{statistics.median(found):.3g}" if found else ""

            failed = f" ({len(runs) - len(done)} of {len(runs)} failed)" if len(done) < len(runs) else ""
            rows.append([name, program + failed, number(statistics.median(values)), f"{min(values):.3f} to {max(values):.3f}",
                         median("fit_seconds"), median("process_seconds"), counted(r["note"] for r in done)])  # fmt: skip
    return markdown(["set", "program", "RMSE (median)", "range", "fit s", "process s", "size: repeats"], rows)
