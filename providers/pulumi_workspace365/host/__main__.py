"""The host's process. The launcher runs this folder with the engine's address as the last argument.

Start-up is what a person waits for at every preview, so nothing is imported that a dynamic provider does not need.
"""

import gc
import os
import sys
from pathlib import Path


def _search_like_the_program() -> None:
    """Providers kept by reference are looked up as in the program: in the working folder first."""
    sys.path[0] = str(Path.cwd())
    distribution = str(Path(__file__).resolve().parents[2])
    if distribution not in sys.path:
        sys.path.append(distribution)


def main() -> None:
    gc.disable()  # nothing that imports create is garbage
    _search_like_the_program()
    try:
        import grpc  # noqa: F401, PLC0415  found or not

        from pulumi_workspace365.host import deferred  # noqa: PLC0415  not before the search path is right

        deferred.defer("pulumi.automation")
        from pulumi_workspace365.host import process  # noqa: PLC0415
    except ModuleNotFoundError as missing:
        sys.exit(
            f"The host of dynamic providers runs in {sys.executable}, which has no module {missing.name!r}. Install the program's "
            "packages there, or name the right environment in Pulumi.yaml: runtime.options.virtualenv, an absolute path"
        )
    gc.enable()
    gc.freeze()
    sys.exit(process.run(sys.argv[-1] if len(sys.argv) > 1 else "", int(os.environ.get("W365_HOST_PARENT") or os.getppid())))


if __name__ == "__main__":
    main()
