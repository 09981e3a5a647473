"""The host's process. The launcher runs this folder with the engine's address as the last argument.

Start-up is what a person waits for at every preview, so nothing is imported that a dynamic provider does not need.
"""

import gc
import importlib.util
import os
import sys


def _search_like_the_program() -> None:
    """Providers kept by reference are looked up as in the program: in the working folder first."""
    sys.path[0] = os.getcwd()  # noqa: PTH109  pathlib costs more than this
    distribution = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))  # noqa: PTH120
    if distribution not in sys.path:
        sys.path.append(distribution)


def main() -> None:
    """Run the host until the engine ends it."""
    gc.disable()  # what imports create is not garbage
    _search_like_the_program()
    if not (importlib.util.find_spec("pulumi") and importlib.util.find_spec("grpc")):
        sys.exit(
            f"The host of dynamic providers runs in {sys.executable}, where pulumi is not installed. Install the program's packages there, "
            "or name the right environment in Pulumi.yaml: runtime.options.virtualenv, an absolute path"
        )
    from pulumi_dynamic_host import crash_report  # noqa: PLC0415  not before the search path is right

    crash_report.start()
    if sys.argv[1:] == ["--shared"]:
        from pulumi_dynamic_host import shared_process  # noqa: PLC0415  as below

        sys.exit(shared_process.run())
    from pulumi_dynamic_host import process  # noqa: PLC0415  its threads must not exist yet when a process is forked

    sys.exit(process.run(sys.argv[-1] if len(sys.argv) > 1 else "", parent_process()))


def parent_process() -> int | None:
    """The engine's process, as the shell launcher names it; on Windows it is not the parent of this one."""
    named = os.environ.pop("W365_HOST_PARENT", "")
    if named:
        return int(named)
    return None if os.name == "nt" else os.getppid()


if __name__ == "__main__":
    main()
