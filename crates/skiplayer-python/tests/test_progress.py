"""Watching a fit, and stopping it."""

import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from skiplayer import Progress, SkipLayerRegressor

X = np.random.default_rng(0).normal(size=(400, 6))
Y = np.sin(3 * X[:, 0]) + X[:, 1] * X[:, 2]


def test_the_callback_hears_stages_and_steps_in_the_callers_thread(capsys):
    heard, threads = [], set()

    def listen(progress):
        heard.append(progress)
        threads.add(threading.get_ident())

    SkipLayerRegressor(n_units=2, n_starts=2, inner_folds=2, verbose=1, callback=listen).fit(X[:80], Y[:80])
    assert threads == {threading.get_ident()} and all(isinstance(progress, Progress) for progress in heard)
    assert any(progress.stage and progress.step > 0 for progress in heard)
    assert "[skiplayer] " in capsys.readouterr().out


def test_an_exception_in_the_callback_stops_the_fit():
    def tired(progress):
        raise StopIteration("enough")

    model = SkipLayerRegressor(callback=tired)
    with pytest.raises(StopIteration, match="enough"):
        model.fit(X, Y)
    assert not hasattr(model, "coef_")


def test_other_threads_run_during_a_fit():
    model = SkipLayerRegressor(n_jobs=1, n_units=3, n_starts=1, inner_folds=2)
    fit = threading.Thread(target=model.fit, args=(X, Y))
    fit.start()
    turns = 0
    while fit.is_alive():
        turns += 1
        time.sleep(0.001)
    # A fit that kept the interpreter would leave this thread a turn before and after it.
    assert turns > 4


def test_ctrl_c_stops_a_fit():
    program = (
        "import numpy as np, skiplayer\n"
        "X = np.random.default_rng(0).normal(size=(4000, 10)); y = np.sin(3 * X[:, 0]) * X[:, 1] + X[:, 2] ** 2\n"
        "model = skiplayer.SkipLayerRegressor(n_jobs=1, verbose=1)\n"
        "try: model.evaluate(X, y)\n"
        "except KeyboardInterrupt: print('stopped', hasattr(model, 'coef_'))\n"
    )
    fit = subprocess.Popen([sys.executable, "-u", "-c", program], stdout=subprocess.PIPE, text=True)
    assert fit.stdout.readline().startswith("[skiplayer]")
    fit.send_signal(signal.SIGINT)
    assert fit.communicate(timeout=120)[0].splitlines()[-1] == "stopped False"
    assert fit.returncode == 0


def test_a_limit_on_time_leaves_a_model():
    model = SkipLayerRegressor(max_seconds=1e-3)
    with pytest.warns(UserWarning):
        model.fit(X, Y)
    assert np.isfinite(model.predict(X)).all()
