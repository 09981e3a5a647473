"""The plugin's process: ``pulumi-resource-workspace365``."""

import gc
import sys
from typing import Any

_ATTACHED = (
    "pulumi-resource-workspace365 is a Pulumi plugin, which the engine starts. To use it from a program in any language: "
    "pulumi package add PATH_OF_THIS_COMMAND. Started without an argument, it serves every engine with "
    "PULUMI_DEBUG_PROVIDERS=workspace365:PORT until Ctrl-C; PORT is:\n"
)


def main() -> None:
    """Serve until the engine is done or gone; its address is the last argument. Without one, serve the engines that attach.

    With ``--shared``, serve several engines whose ports somebody asks for.
    """
    gc.disable()  # what imports create is not garbage
    if sys.argv[1:] == ["--shared"]:
        from pulumi_dynamic_host import shared_process  # noqa: PLC0415  not before the collector rests

        sys.exit(shared_process.run(lambda calls, parallel, connection: _make_host(calls, parallel, connection=connection)))
    from pulumi_dynamic_host import process  # noqa: PLC0415  as above
    from pulumi_dynamic_host.__main__ import parent_process  # noqa: PLC0415

    engine = sys.argv[-1] if len(sys.argv) > 1 else ""
    if not engine:
        sys.stderr.write(_ATTACHED)
    sys.exit(
        process.run(
            engine,
            parent_process(),
            lambda calls, parallel, connection: _make_host(calls, parallel, connection=connection, engine=engine),
        )
    )


def _make_host(calls: Any, parallel: int, **options: Any) -> Any:
    from pulumi_dynamic_host import wording  # noqa: PLC0415  after the port is out
    from pulumi_dynamic_host.package_server import PackageHost  # noqa: PLC0415
    from pulumi_workspace365_components.package.native_package import Workspace365  # noqa: PLC0415

    package = Workspace365()
    wording.install(package.translate)
    return PackageHost(calls, parallel, package=package, **options)


if __name__ == "__main__":
    main()
