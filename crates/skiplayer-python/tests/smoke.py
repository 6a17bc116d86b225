"""The installed package fits, predicts, saves and loads with NumPy alone, in several threads at once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from skiplayer import SkipLayerRegressor, load_model

x = np.linspace(-1, 1, 200).reshape(-1, 1)
y = 1 + 2 * x[:, 0] + np.tanh(4 * x[:, 0])


def fit(_):
    return SkipLayerRegressor(n_units=3).fit(x, y)


with ThreadPoolExecutor(4) as pool:
    models = list(pool.map(fit, range(4)))
expected = models[0].predict(x)
assert np.abs(expected - y).max() < 0.1
assert all(np.array_equal(model.predict(x), expected) for model in models)
with TemporaryDirectory() as folder:
    path = Path(folder) / "model.safetensors"
    models[0].save(path)
    assert np.array_equal(load_model(path).predict(x), expected)
print("ok")
