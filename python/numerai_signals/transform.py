"""`python -m numerai_signals.transform` is `signals transform`: for scripts of the Python project that came before."""

import sys

if __name__ == "__main__":
    from numerai_signals._program import become

    become("transform", sys.argv[1:])
# The package's attribute of this name is the function; an import of this module would take its place.
raise ImportError("numerai_signals.transform is a function; the module is only for `python -m`")
