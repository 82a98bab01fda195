"""What `ta` computes, for the check before the timing: `ta_reference.py IN ROWS OUT`, as bench_kernels has both.

A process of its own: numpy's own logarithm for AVX-512 differs from the C library's in the last bit and must stay
out of the reference, but not out of what is timed.
"""

import os
import sys
import warnings

os.environ["NPY_DISABLE_CPU_FEATURES"] = "AVX512F AVX512_SKX"

import numpy as np
import pandas as pd
from market import FIELDS

import ta


def main():
    source, rows, target = sys.argv[1:]
    warnings.simplefilter("ignore")
    columns = []
    for bars in np.fromfile(source).reshape(-1, 5, int(rows)):
        frame = pd.DataFrame(dict(zip(FIELDS, bars, strict=True)))
        columns.append(ta.add_all_ta_features(frame, *FIELDS, fillna=False).drop(columns=FIELDS).to_numpy(float).T)
    np.ascontiguousarray(columns).tofile(target)


if __name__ == "__main__":
    main()
