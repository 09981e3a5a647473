"""The plugin's process: ``pulumi-resource-workspace365``."""

import gc
import sys
from typing import Any


def main() -> None:
    """Serve until the engine is done or gone; the engine's address is the last argument. With ``--shared``, serve several engines."""
    if len(sys.argv) < 2:
        sys.exit(
            "pulumi-resource-workspace365 is a Pulumi plugin, which the engine starts. To use it from a program in any "
            "language: pulumi package add PATH_OF_THIS_COMMAND"
        )
    gc.disable()  # what imports create is not garbage
    if sys.argv[1:] == ["--shared"]:
        from pulumi_dynamic_host import shared_process  # noqa: PLC0415  not before the collector rests

        sys.exit(shared_process.run(lambda calls, parallel, connection: _make_host(calls, parallel, connection=connection)))
    from pulumi_dynamic_host import process  # noqa: PLC0415  as above
    from pulumi_dynamic_host.__main__ import parent_process  # noqa: PLC0415

    engine = sys.argv[-1]
    sys.exit(process.run(engine, parent_process(), lambda calls, parallel: _make_host(calls, parallel, engine=engine)))


def _make_host(calls: Any, parallel: int, **options: Any) -> Any:
    from pulumi_dynamic_host import wording  # noqa: PLC0415  after the port is out
    from pulumi_dynamic_host.package_server import PackageHost  # noqa: PLC0415
    from pulumi_workspace365_components.package.native_package import Workspace365  # noqa: PLC0415

    package = Workspace365()
    wording.install(package.translate)
    return PackageHost(calls, parallel, package=package, **options)


if __name__ == "__main__":
    main()
