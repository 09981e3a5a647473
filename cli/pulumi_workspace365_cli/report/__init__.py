"""The result of a command, independent of its presentation. It uses neither Pulumi nor the network."""

from pulumi_workspace365_cli.report.model import (
    Check,
    CheckStatus,
    Column,
    NetworkNode,
    NetworkPath,
    Place,
    Report,
    Row,
    Span,
    Table,
    Timeline,
    exit_code_of,
)

__all__ = [
    "Check",
    "CheckStatus",
    "Column",
    "NetworkNode",
    "NetworkPath",
    "Place",
    "Report",
    "Row",
    "Span",
    "Table",
    "Timeline",
    "exit_code_of",
]
