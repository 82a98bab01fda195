"""`python -m numerai_signals.load` is `signals load`: for scripts of the Python project that came before."""

import sys

if __name__ == "__main__":
    from numerai_signals._program import become

    become("load", sys.argv[1:])
raise ImportError("numerai_signals.load is only for `python -m`: `open_lake` reads a lake, `signals load` fills it")
