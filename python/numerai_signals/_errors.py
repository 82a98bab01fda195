"""What this package raises."""


class SignalsError(Exception):
    """Base of everything that this package raises on purpose."""

    __module__ = "numerai_signals"


class ArgumentError(SignalsError, ValueError):
    """An argument, or the frame, is not what is needed; the message says what, where, and what to do."""

    __module__ = "numerai_signals"


class MissingColumnError(ArgumentError, KeyError):
    """The frame lacks a column. It is a `KeyError` too, as `ta` raises."""

    __module__ = "numerai_signals"

    def __str__(self) -> str:  # KeyError would show the message in quotes
        return str(self.args[0]) if self.args else ""
