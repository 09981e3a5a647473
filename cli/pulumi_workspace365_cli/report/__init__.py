"""The result of a command, independent of its presentation. It uses neither Pulumi nor the network."""

from pulumi_workspace365_cli.report.model import (
    Check,
    Column,
    Graph,
    Node,
    Report,
    Row,
    Span,
    Table,
    Timeline,
    Verdict,
    exit_code_of,
)

__all__ = ["Check", "Column", "Graph", "Node", "Report", "Row", "Span", "Table", "Timeline", "Verdict", "exit_code_of"]
