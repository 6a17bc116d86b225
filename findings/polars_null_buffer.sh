#!/bin/bash
# polars 2.1.0 hands over a column of type Null with one buffer, through Arrow's C stream interface.
#
# The columnar format lists no buffers for the null layout (https://arrow.apache.org/docs/format/Columnar.html#buffer-listing-for-each-layout),
# and the C data interface wants n_buffers to be the number of the layout
# (https://arrow.apache.org/docs/format/CDataInterface.html#structure-definitions). pyarrow 26.0.1 exports none. Readers that check, such as
# the Rust crate arrow (here through arro3-core 0.9.1), refuse the frame: "The datatype "Null" doesn't expect buffer at index 0".
# A frame with a column of nothing but None is valid input: one new row with an empty cell is one.
#
# Seen: "polars 2.1.0: 1 buffer", "pyarrow 26.0.1: 0 buffers", "arro3 refuses the frame of polars". Fails if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet polars==2.1.0 pyarrow==26.0.1 arro3-core==0.9.1
"$folder/venv/bin/python" - <<'PYTHON'
import ctypes

import arro3.core
import polars
import pyarrow


class Array(ctypes.Structure):
    """struct ArrowArray."""


Array._fields_ = [
    ("length", ctypes.c_int64),
    ("null_count", ctypes.c_int64),
    ("offset", ctypes.c_int64),
    ("n_buffers", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("buffers", ctypes.c_void_p),
    ("children", ctypes.POINTER(ctypes.POINTER(Array))),
    ("dictionary", ctypes.c_void_p),
    ("release", ctypes.c_void_p),
    ("private_data", ctypes.c_void_p),
]


class Stream(ctypes.Structure):
    """struct ArrowArrayStream."""


Stream._fields_ = [
    ("get_schema", ctypes.c_void_p),
    ("get_next", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(Stream), ctypes.POINTER(Array))),
    ("get_last_error", ctypes.c_void_p),
    ("release", ctypes.c_void_p),
    ("private_data", ctypes.c_void_p),
]


def n_buffers(frame):
    """Buffers of the first column of the first batch."""
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    capsule = frame.__arrow_c_stream__()
    stream = Stream.from_address(pointer(capsule, b"arrow_array_stream"))
    batch = Array()
    assert stream.get_next(ctypes.byref(stream), ctypes.byref(batch)) == 0
    return batch.children[0].contents.n_buffers


ours = polars.DataFrame({"a": [None, None]})
theirs = pyarrow.table({"a": pyarrow.nulls(2)})
found = n_buffers(ours), n_buffers(theirs)
print(f"polars {polars.__version__}: {found[0]} buffer")
print(f"pyarrow {pyarrow.__version__}: {found[1]} buffers")
assert found == (1, 0), found
arro3.core.Table(theirs)
try:
    arro3.core.Table(ours)
except Exception as error:
    print(f"arro3 refuses the frame of polars: {error}")
    assert "doesn't expect buffer" in str(error), error
else:
    raise SystemExit("arro3 reads the frame of polars: this has changed")
PYTHON
