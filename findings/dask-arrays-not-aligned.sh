#!/bin/sh
# Dask hands workers NumPy arrays that are not aligned, although those of the caller are.
#
# Versions: distributed 2026.8.0, dask 2026.8.0, numpy 2.4.6, from PyPI.
# Input: a list of a text and an array of 90 doubles, made by NumPy, sent to a worker by `Client.scatter`; the text has 0 to 15 letters.
# Behaviour: the array arrives as a view of the message, at whatever byte it begins there: `flags.aligned` is False and the address is no
#   multiple of 8, depending on how long the text beside it is. (Buffers of pickle protocol 5 travel in frames of one message:
#   https://distributed.dask.org/en/stable/serialization.html.) An array that is sent alone arrives aligned. NumPy reads both; code that
#   makes a typed view of its memory, as ndarray of Rust and vector loads that want alignment do, may not.
# Seen: printed below. The script fails if all arrays arrive aligned, or if the numbers differ.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check distributed==2026.8.0 dask==2026.8.0 numpy==2.4.6
cd "$folder"
cat > aligned.py <<'PYTHON'
import dask
import distributed
import numpy as np


def told(cells):
    return cells[1].flags.aligned, cells[1].ctypes.data % 8, float(cells[1].sum())


if __name__ == "__main__":
    numbers = np.arange(90.0)
    assert numbers.flags.aligned
    with (
        distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=":0", silence_logs=50) as cluster,
        distributed.Client(cluster) as client,
    ):
        send = lambda cells: client.submit(told, client.scatter([cells], hash=False)[0], pure=False).result()
        found = [send(["x" * n, numbers]) for n in range(16)]
    print("dask", dask.__version__, "numpy", np.__version__)
    for n, (is_aligned, beyond, _) in enumerate(found):
        print(f"beside a text of {n:2} letters: aligned {is_aligned}, {beyond} bytes beyond a multiple of 8")
    assert all(total == numbers.sum() for *_, total in found)
    assert not all(is_aligned for is_aligned, *_ in found), "all arrays arrive aligned now"
PYTHON
"$folder/venv/bin/python" aligned.py
