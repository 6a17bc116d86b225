"""Types and documentation are what they say."""

import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import skiplayer
from skiplayer import SkipLayerClassifier, SkipLayerCV, SkipLayerRegressor, SkipLayerSurvival

PACKAGE = Path(skiplayer.__file__).parent


def mypy(*args, tmp_path):
    return subprocess.run([sys.executable, "-m", *args], capture_output=True, text=True, cwd=tmp_path)


def test_the_stub_is_that_of_the_compiled_module(tmp_path):
    done = mypy("mypy.stubtest", "skiplayer._skiplayer", tmp_path=tmp_path)
    assert done.returncode == 0 and "Success" in done.stdout, done.stdout + done.stderr


def test_the_package_is_typed(tmp_path):
    assert (PACKAGE / "py.typed").exists()
    done = mypy("mypy", "--strict", "--ignore-missing-imports", "-p", "skiplayer", tmp_path=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("estimator", [SkipLayerRegressor, SkipLayerClassifier, SkipLayerSurvival, SkipLayerCV])
def test_every_parameter_and_method_is_documented(estimator):
    assert "%(" not in estimator.__doc__ and "\n    References\n" in estimator.__doc__
    for name in list(inspect.signature(estimator).parameters):
        assert f"\n    {name} : " in estimator.__doc__, name
    for name, method in inspect.getmembers(estimator, callable):
        if not name.startswith("_") and getattr(method, "__module__", "").startswith("skiplayer"):
            told = inspect.getdoc(method)
            assert "Returns\n-------" in told or name in ("export", "report", "save"), name
            for parameter in list(inspect.signature(method).parameters)[1:]:
                assert re.search(rf"^[\w*, ]*\b{parameter}\b( :|, |$)", told, flags=re.MULTILINE), (name, parameter)


def test_attributes_that_are_documented_are_there():
    import numpy as np

    X = np.random.default_rng(0).normal(size=(40, 2))
    model = SkipLayerRegressor(method="linear").fit(X, X[:, 0])
    section = SkipLayerRegressor.__doc__.split("Attributes\n")[1].split("Examples\n")[0]
    heads = [line.split(" : ")[0] for line in section.splitlines() if line.startswith("    ") and " : " in line[:60]]
    names = [name.strip() for head in heads for name in head.split(",")]
    assert len(names) > 10
    for name in set(names) - {"verdict_", "feature_names_in_"}:
        assert hasattr(model, name), name


@pytest.mark.parametrize("module", ["skiplayer._regressor", "skiplayer._classifier", "skiplayer._cv"])
def test_examples_run(module):
    import doctest

    result = doctest.testmod(importlib.import_module(module))
    assert result.attempted > 2 and result.failed == 0


def test_importing_the_package_imports_little():
    program = (
        "import sys, skiplayer; skiplayer.__version__\n"
        "print([name for name in ('matplotlib', 'pandas', 'polars', 'pyarrow', 'scipy', 'shap', 'sklearn') if name in sys.modules])\n"
        "print(set(skiplayer.__all__) <= set(dir(skiplayer)), all(hasattr(skiplayer, name) for name in skiplayer.__all__))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "True True"]
