"""Where a record comes from: the command, the commit of the code, and the date. Every record has these three fields at its top level.

Scripts get them from `provenance`. What other programs print becomes a record by

    python benchmarks/provenance.py benchmarks/records/NAME.json -- COMMAND

which runs the command and writes the JSON that it prints, or that it leaves in the file, with the three fields. The standard library only.
"""

import datetime
import json
import pathlib
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]


def commit():
    """The commit of this working tree, with a `+` if something but the records was changed since; None outside of a repository."""

    def git(*words):
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()

    try:
        changed = git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!benchmarks/records")
        return git("rev-parse", "--short=10", "HEAD") + ("+" if changed else "")
    except (OSError, subprocess.CalledProcessError):
        return None


def provenance(command):
    """The three fields of a record that `command` makes now."""
    date = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    return {"command": command, "commit": commit(), "date": date}


def main(path, *command):
    fields = provenance(shlex.join(command))
    printed = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
    path = pathlib.Path(path)
    body = json.loads(printed if printed.lstrip().startswith("{") else path.read_text())
    path.write_text(json.dumps({**body, **fields}, indent=1) + "\n")


if __name__ == "__main__":
    if len(sys.argv) < 4 or sys.argv[2] != "--":
        sys.exit(__doc__)
    main(sys.argv[1], *sys.argv[3:])
