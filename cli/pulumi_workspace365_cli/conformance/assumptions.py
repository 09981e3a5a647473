"""The assumptions about the API that can be tested on an instance: what the documentation says, and what this project takes for granted."""

from dataclasses import dataclass
from typing import Literal

FindingStatus = Literal["holds", "differs", "inconclusive", "not tested"]


@dataclass(frozen=True)
class Assumption:
    """An assumption about the API that can be tested on an instance.

    Attributes:
        key: identifies it in reports.
        question: what it is about.
        documented: what the documentation says; empty if it says nothing.
        assumed: what this project relies on.
    """

    key: str
    question: str
    documented: str
    assumed: str


@dataclass(frozen=True)
class AssumptionFinding:
    """The result of a test on one instance.

    Attributes:
        assumption: what was tested.
        verdict: the result.
        observed: what the instance did, or why it was not tested.
        consequence: the effect on users; may be empty.
        setting: a recommended setting; may be empty.
    """

    assumption: Assumption
    verdict: FindingStatus
    observed: str
    consequence: str = ""
    setting: str = ""


ASSUMPTIONS = tuple(
    Assumption(*texts)
    for texts in (
        # connection to the instance
        ("tls", "TLS", "the examples use https", "https, with a certificate that this machine trusts"),
        ("redirects", "redirects", "", "no call is redirected; a redirect is not followed, because that would send the key to its target"),
        ("clock", "clocks", "", "the instance's clock and this machine's agree within 5 minutes"),
        ("limits", "limits", "", "sequential calls reach no limit; 429 and Retry-After are honoured"),
        ("latency", "response time", "", "every response arrives well within w365:requestTimeout"),
        # headers and keys
        ("requested-with", "call without X-Requested-With", "every call carries it", "without it the instance returns no data"),
        ("length", "PUT without Content-Length", "411", "411; it is always sent"),
        ("wrong-key", "call with a wrong key", "403", "401 or 403, and the right key still works"),
        ("health", "health", "overallStatus and components, with a separate key", "the same; any status except OK is unhealthy"),
        # the list
        ("list", "list", "an array of name, isActive, creationDate", "the same, in upper or lower case; unknown fields are ignored"),
        ("list-complete", "completeness of the list", "no pages", "the list holds every environment"),
        # the create
        ("create", "response to a create", "200 with Id, EnvironmentName, TemporaryPassword", "the same"),
        ("refusal", "rejected name", "400 with a list of validation results", "400: nothing was created"),
        ("name", "sanitised name", "it is sanitised", "not predicted; letters and digits are kept, their case may change"),
        ("name-listed", "name on the list", "", "the same as in the response to the create"),
        ("name-case", "name in another case", "", "the same environment, or no environment"),
        ("created-active", "state of a new environment", "", "as shown on the list"),
        ("create-listed", "create on the list", "", "shown within w365:settleSeconds"),
        ("create-addressed", "new environment at its own address", "", "found as soon as the create has returned"),
        ("date-form", "format of creation dates", "a date", "a date and time, to the second or better"),
        ("date-moment", "time and zone of creation dates", "", "the time of the create; UTC if there is no zone"),
        ("duplicate", "create with a name in use", "", "rejected with 400"),
        # the life of an environment
        ("activate-again", "activate an active environment", "200 with a text", "200"),
        ("deactivate", "deactivate", "200 with a text", "200, and shown on the list within w365:settleSeconds"),
        ("deactivate-again", "deactivate an inactive environment", "200 with a text", "200"),
        ("delete", "delete an active environment", "200 with a text", "200, without a deactivation first"),
        ("delete-listed", "delete on the list", "", "shown within w365:settleSeconds"),
        ("delete-again", "delete a deleted environment", "404", "404"),
        ("unknown-name", "address of an unknown name", "404", "404"),
        ("recreate", "create again under the same name", "", "a new creation date, and a new Id"),
        # what an environment holds
        ("licensing-4.0", "licensing 4.0", "module counts and customer", "the same"),
        ("licensing-3.5", "licensing 3.5", "as 4.0, with former licences and UseNewBillingMethod", "the same, in upper or lower case"),
        ("exchange", "Exchange settings", "200; DefaultEwsUrl is optional", "200, with the URL and without"),
        ("share-point", "SharePoint settings", "200; DefaultUrl is optional", "200, without the URL"),
        ("sign-on", "sign-on settings", "200; not available on premises", "200"),
        ("export", "export", "an object (preview)", "an object; equal until something changes, except for exportImportInfo"),
        ("import", "import into the empty environment", "200 (preview)", "200, and the next export equals the imported document"),
        ("import-again", "import into an environment with content", "400", "400, with any text"),
    )
)  # fmt: skip
ASSUMPTION_BY_KEY = {assumption.key: assumption for assumption in ASSUMPTIONS}
