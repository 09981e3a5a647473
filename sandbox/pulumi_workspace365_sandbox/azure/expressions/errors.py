"""Errors of an expression: at deployment, at run time, and over budget."""


class ExpressionError(Exception):
    """An expression that the gateway does not take, or that fails at run time; the message says what and why."""


class DotNetException(ExpressionError):
    """A .NET exception at run time, which `catch` may handle. `kind`: its type, without the namespace."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind, self.message = kind, message


class LimitExceeded(ExpressionError):
    """More steps, memory or nesting than an expression may use; `catch` does not handle it."""


def null_reference(member: str) -> DotNetException:
    return DotNetException("NullReferenceException", f"Object reference not set to an instance of an object: {member}")


def wrong_cast(source: str, target: str) -> DotNetException:
    return DotNetException("InvalidCastException", f"Unable to cast object of type '{source}' to type '{target}'.")


def out_of_range(name: str) -> DotNetException:
    return DotNetException(
        "ArgumentOutOfRangeException", f"Specified argument was out of the range of valid values. (Parameter '{name}')"
    )


def wrong_format(text: str, target: str) -> DotNetException:
    return DotNetException("FormatException", f"'{text:.80}' was not recognized as a valid {target}.")


def no_elements() -> DotNetException:
    return DotNetException("InvalidOperationException", "Sequence contains no elements")
