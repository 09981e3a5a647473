"""The figures of fleets as tables: measured, compared with the goals, and simulated."""

from collections.abc import Iterator, Sequence

from bench.fleet import CHANGES, Change, FleetSample, Shape, Way
from bench.measurement import EngineName
from bench.simulation import Cost, simulate
from bench.tables import Sheet

_STACKS = 2000
_RUNNERS = (1, 10, 50)
_WITHOUT_WRITES: tuple[Change, ...] = ("unchanged", "refresh")


def sheets(samples: Sequence[FleetSample]) -> list[Sheet]:
    """Everything there is to show."""
    return [_times(samples), _goals(samples), _simulated(samples)]


def _times(samples: Sequence[FleetSample]) -> Sheet:
    sheet = Sheet(
        "What a change of all stacks takes.",
        (
            "engine",
            "stacks x customers",
            "at once",
            "change",
            "way",
            "s",
            "processor s",
            "s a customer",
            "lists",
            "command MiB",
            "host MiB",
        ),
    )
    for sample in samples:
        customers = sample.shape.stacks * sample.shape.customers
        command = f"{sample.command_memory:.0f}" if sample.way == "rollout" else "–"
        sheet.rows.append(
            (
                *(sample.engine, str(sample.shape), str(sample.parallel), sample.change, _way(sample)),
                *(f"{sample.seconds:.1f}", f"{sample.cpu:.1f}", f"{sample.seconds / customers:.3f}"),
                *(str(sample.lists), command, f"{sample.host_memory:.0f}"),
            )
        )
    return sheet


def _way(sample: FleetSample) -> str:
    return f"{sample.way}, from {sample.measured} of {sample.shape.stacks}" if sample.is_part else sample.way


def _goals(samples: Sequence[FleetSample]) -> Sheet:
    sheet = Sheet("The goals.", ("goal", "measured", "where", "met"))
    for name, limit, found in (
        ("lists of an instance and wave ≤ 1", 1.0, list(_lists(samples))),
        ("rollout ÷ loop, unchanged and refresh ≤ 0.6", 0.6, list(_ratios(samples, "loop"))),
        ("rollout ÷ xargs, unchanged and refresh ≤ 0.9", 0.9, list(_ratios(samples, "xargs"))),
        ("memory of the command ≤ 150 MiB", 150.0, list(_memory(samples))),
        ("seconds a stack of 1, most ÷ fewest stacks ≤ 1.1", 1.1, list(_growth(samples))),
    ):
        if found:
            value, where = max(found)
            sheet.rows.append((name, f"{value:.2f}", where, "yes" if value <= limit else "no"))
    return sheet


def _lists(samples: Sequence[FleetSample]) -> Iterator[tuple[float, str]]:
    for sample in samples:
        if sample.way == "rollout" and sample.change in _WITHOUT_WRITES:
            yield sample.lists, _place(sample)


def _ratios(samples: Sequence[FleetSample], way: Way) -> Iterator[tuple[float, str]]:
    seconds = {(one.engine, one.shape, one.change): one.seconds for one in samples if one.way == way}
    for sample in samples:
        key = sample.engine, sample.shape, sample.change
        if sample.way == "rollout" and sample.change in _WITHOUT_WRITES and key in seconds and sample.shape.customers > 1:
            yield sample.seconds / seconds[key], _place(sample)


def _memory(samples: Sequence[FleetSample]) -> Iterator[tuple[float, str]]:
    for sample in samples:
        if sample.way == "rollout":
            yield sample.command_memory, _place(sample)


def _growth(samples: Sequence[FleetSample]) -> Iterator[tuple[float, str]]:
    for engine, change, few, many in _small_stacks(samples):
        yield (many.seconds / many.shape.stacks) / (few.seconds / few.shape.stacks), f"{engine}, {change}"


def _small_stacks(samples: Sequence[FleetSample]) -> Iterator[tuple[EngineName, Change, FleetSample, FleetSample]]:
    """Of each engine and change the rollouts of the fewest and of the most stacks of one customer."""
    for engine in dict.fromkeys(sample.engine for sample in samples):
        for change in CHANGES:
            found = sorted(
                (
                    one
                    for one in samples
                    if (one.engine, one.way, one.change, one.shape.customers) == (engine, "rollout", change, 1)
                ),
                key=lambda one: one.shape.stacks,
            )
            if found and found[0].shape != found[-1].shape:
                yield engine, change, found[0], found[-1]


def _simulated(samples: Sequence[FleetSample]) -> Sheet:
    sheet = Sheet(
        f"Simulated from these figures, not measured: {_STACKS} stacks of one customer in three waves.",
        ("engine", "change", "runners", "minutes", "lists of the instance"),
    )
    for engine, change, few, many in _small_stacks(samples):
        cost = Cost.through((few.shape.stacks, few.seconds), (many.shape.stacks, many.seconds))
        for runners in _RUNNERS:
            result = simulate(_STACKS, runners, cost)
            sheet.rows.append((engine, change, str(runners), f"{result.seconds / 60:.1f}", str(result.lists)))
    return sheet


def _place(sample: FleetSample) -> str:
    return f"{sample.engine}, {sample.shape}, {sample.change}"


def changes(text: str) -> list[Change]:
    """The changes of a text such as ``unchanged,refresh``.

    Raises:
        ValueError: it is another text.
    """
    found: list[Change] = [change for change in CHANGES if change in text.split(",")]
    if not found or set(text.split(",")) - set(found):
        raise ValueError(text)
    return found


def shapes(text: str) -> list[Shape]:
    """The shapes of a text such as ``40x50,200x1``.

    Raises:
        ValueError: it is another text.
    """
    return [Shape.parse(part) for part in text.split(",")]
