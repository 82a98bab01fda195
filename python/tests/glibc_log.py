"""Import this before numpy: its logarithm for AVX-512 differs from the C library's in the last bit, and the oracle
must use the latter."""

import os

os.environ.setdefault("NPY_DISABLE_CPU_FEATURES", "AVX512F AVX512_SKX")
