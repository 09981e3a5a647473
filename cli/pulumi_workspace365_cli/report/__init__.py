"""What a command found, apart from how it is shown. Knows neither Pulumi nor the network."""

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
