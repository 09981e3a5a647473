"""A reading: what the documentation says, what this project assumes where it is silent, and what was observed on one instance."""

from dataclasses import dataclass
from typing import Literal

FindingStatus = Literal["holds", "differs", "cannot be told", "not asked"]


@dataclass(frozen=True)
class Assumption:
    """One question that an instance can answer. ``documented`` is empty where the documentation says nothing."""

    key: str
    question: str
    documented: str
    assumed: str


@dataclass(frozen=True)
class AssumptionFinding:
    """What one instance answered. ``consequence`` says what follows for its user, ``setting`` what to choose, where there is something."""

    assumption: Assumption
    verdict: FindingStatus
    seen: str
    consequence: str = ""
    setting: str = ""


ASSUMPTIONS = tuple(
    Assumption(*texts)
    for texts in (
        # the way to the instance
        ("tls", "TLS", "the examples use https", "https, with a certificate that is trusted here"),
        ("redirects", "redirects", "", "no call is redirected; none is followed, because it would carry the key along"),
        ("clock", "clocks", "", "the instance's clock and this machine's agree within 5 minutes"),
        ("limits", "limits", "", "no limit is met by one call after another; 429 and Retry-After are honoured"),
        ("latency", "time of an answer", "", "every call is answered well within w365:requestTimeout"),
        # headers and keys
        ("requested-with", "call without X-Requested-With", "every call carries it", "without it no data are given"),
        ("length", "PUT without Content-Length", "411", "411; it is always sent"),
        ("wrong-key", "call with a wrong key", "403", "401 or 403, and the right key works on"),
        ("health", "health", "overallStatus and components, with a key of its own", "the same; anything but OK is unhealthy"),
        # the list
        ("list", "list", "an array of name, isActive, creationDate", "the same, in any case; what is unknown is ignored"),
        ("list-complete", "completeness of the list", "no pages", "the list holds every environment"),
        # the create
        ("create", "answer to a create", "200 with Id, EnvironmentName, TemporaryPassword", "the same"),
        ("refusal", "refused name", "400 with a list of validation results", "400: nothing was created"),
        ("name", "what is made of a name", "it is sanitised", "never predicted; letters and digits stay, whatever their case"),
        ("name-listed", "name on the list", "", "exactly that of the answer to the create"),
        ("name-case", "name in another case", "", "the same environment, or none"),
        ("created-active", "state of a new environment", "", "told by the list"),
        ("create-listed", "create on the list", "", "shown within w365:settleSeconds"),
        ("create-addressed", "new environment at its own address", "", "there as soon as the create was answered"),
        ("date-form", "form of creation dates", "a date", "a text that tells a moment, to the second or better"),
        ("date-moment", "moment and zone of creation dates", "", "the moment of the create; UTC where no zone is told"),
        ("duplicate", "create of a name in use", "", "refused with 400"),
        # the life of an environment
        ("activate-again", "activate what is active", "200 with a text", "200"),
        ("deactivate", "deactivate", "200 with a text", "200, and shown on the list within w365:settleSeconds"),
        ("deactivate-again", "deactivate what is inactive", "200 with a text", "200"),
        ("delete", "delete while active", "200 with a text", "200, without being deactivated first"),
        ("delete-listed", "delete on the list", "", "shown within w365:settleSeconds"),
        ("delete-again", "delete what is gone", "404", "404"),
        ("unknown-name", "own address of an unknown name", "404", "404"),
        ("recreate", "create again under the same name", "", "a new creation date, and a new Id"),
        # what an environment holds
        ("licensing-4.0", "licensing 4.0", "module counts and customer", "the same"),
        ("licensing-3.5", "licensing 3.5", "as 4.0, with former licences and UseNewBillingMethod", "the same, in any case"),
        ("exchange", "Exchange settings", "200; DefaultEwsUrl may be left out", "200, with the URL and without"),
        ("share-point", "SharePoint settings", "200; DefaultUrl may be left out", "200, without the URL"),
        ("sign-on", "sign-on settings", "200; not where hosted on premises", "200"),
        ("export", "export", "an object (preview)", "an object; equal until something changes, exportImportInfo aside"),
        ("import", "import into the empty environment", "200 (preview)", "200, and the export then equals what was imported"),
        ("import-again", "import into what is not empty", "400", "400, in any words"),
    )
)  # fmt: skip
ASSUMPTION_BY_KEY = {reading.key: reading for reading in ASSUMPTIONS}
