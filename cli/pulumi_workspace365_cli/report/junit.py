"""For test dashboards: JUnit XML, each check a test case. A warning passes, with its text in the case's output."""

from xml.etree import ElementTree as ET

from pulumi_workspace365_cli.report.model import Check, Report


def render(report: Report) -> str:
    """The report as JUnit XML."""
    counts = {
        "tests": len(report.checks),
        "failures": sum(check.verdict == "failed" for check in report.checks),
        "errors": 0,
        "skipped": sum(check.verdict == "skipped" for check in report.checks),
    }
    counted = {name: str(number) for name, number in counts.items()} | {
        "time": f"{sum(check.seconds or 0 for check in report.checks):.3f}"
    }
    root = ET.Element("testsuites", counted)
    suite = ET.SubElement(root, "testsuite", {"name": f"w365 {report.command}", **counted})
    suite.set("timestamp", report.generated.replace(tzinfo=None).isoformat())
    if report.notes:
        properties = ET.SubElement(suite, "properties")
        for note in report.notes:
            ET.SubElement(properties, "property", {"name": "note", "value": note})
    for check in report.checks:
        _case(suite, report.command, check)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=False) + "\n"


def _case(suite: ET.Element, command: str, check: Check) -> None:
    case = ET.SubElement(suite, "testcase", {"classname": f"w365.{command}", "name": check.name})
    case.set("time", f"{check.seconds or 0:.3f}")
    match check.verdict:
        case "failed":
            ET.SubElement(case, "failure", {"message": check.detail}).text = check.advice
        case "skipped":
            ET.SubElement(case, "skipped", {"message": check.advice})
        case _:
            ET.SubElement(case, "system-out").text = f"{check.verdict}: {check.advice}"
