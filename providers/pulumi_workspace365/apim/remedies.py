"""What the check's issue types usually mean and what to do about them, in words (types: REST reference; causes: Network Watcher's)."""

from dataclasses import dataclass

from pulumi_workspace365.apim.models import Issue


@dataclass(frozen=True)
class Remedy:
    """A recommended correction, in which ``{backend}`` and ``{port}`` are placeholders for the destination."""

    cause: str
    action: str


_REMEDIES = {
    "agentstopped": Remedy(
        "the agent that sends the probes does not run on the gateway's instance",
        "run the check again in some minutes; if it stays, apply the network configuration of the service, or ask Azure support",
    ),
    "dnsresolution": Remedy(
        "the gateway cannot resolve the name of {backend}",
        "look for a typing error in the address; in a virtual network link the private DNS zone to it, or let its DNS servers know the name, "
        "then apply the network configuration of the service",
    ),
    "guestfirewall": Remedy(
        "a firewall on the backend's machine drops what comes in on port {port}",
        "allow TCP port {port} there from the gateway's addresses or subnet",
    ),
    "networksecurityrule": Remedy(
        "a rule of a network security group denies the way to {backend}",
        "allow TCP port {port} outbound from the subnet of the service and inbound to the backend's; the context names the rule",
    ),
    "platform": Remedy(
        "a fault of the Azure platform itself",
        "look at Azure Service Health and run the check again; nothing in your configuration is named",
    ),
    "portthrottled": Remedy(
        "connections to port {port} are throttled on the way",
        "lower the rate of new connections to {backend}, or move the backend to a port that is not throttled",
    ),
    "socketbind": Remedy(
        "the gateway could not open a socket of its own: its outbound (SNAT) ports are probably used up",
        "lower the number of connections to {backend}, add units to the service, or give its subnet a NAT gateway",
    ),
    "userdefinedroute": Remedy(
        "a route of the subnet leads the packets to {backend} astray, to an appliance that drops them or to nowhere",
        "correct the route table of the subnet of the service; behind a firewall appliance allow TCP port {port} to {backend} there",
    ),
}
UNNAMED = Remedy(
    "the service met a problem that it does not explain",
    "see that {backend} runs and listens on port {port}, then look at firewalls, network security groups and routes in between",
)
REFUSED = Remedy(
    "nothing listens on port {port} of {backend}, or a firewall refuses the connection",
    "start the backend, see that it listens on port {port}, and that firewalls let the gateway in",
)
SILENT = Remedy(
    "nothing answers at {backend}, and no hop says why",
    "see that the backend runs and listens on port {port}, that the address is right, that firewalls let the gateway in, and, for an "
    "HTTP check, that its answer has one of valid_status_codes",
)
UNTOLD = Remedy(
    "the service sent no probe to {backend}, or lost what it found",
    "run the check again; if it stays, try another region or instance, and look at the service's health in Azure",
)
SLOW = Remedy(
    "the way to {backend} is long or the backend is slow to accept",
    "move service and backend nearer to each other, look at the load of the backend, or raise max_average_latency_ms",
)
LOSSY = Remedy(
    "some probes to {backend} get lost: the backend is overloaded, or only part of its machines listen",
    "look at each machine behind {backend} on port {port}; if this is good enough, say require='degraded'",
)


def for_issue(issue: Issue) -> Remedy:
    """For an issue that a hop reports; a general one for a type that is not known here."""
    unnamed = REFUSED if "connection refused" in str(issue.context).casefold() else UNNAMED
    return _REMEDIES.get(issue.type.casefold(), unnamed)
