"""The tutorial runs from top to bottom."""

import re
from pathlib import Path

import matplotlib

matplotlib.use("agg")

TUTORIAL = Path(__file__).resolve().parents[1] / "docs" / "tutorial.md"


def test_the_tutorial_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", TUTORIAL.read_text(), flags=re.DOTALL)
    assert len(blocks) > 8
    names = {}
    for block in blocks:
        exec(compile(block, str(TUTORIAL), "exec"), names)
    assert {"houses.safetensors", "houses.html", "contenders.png", "effects.png"} <= {path.name for path in tmp_path.iterdir()}
