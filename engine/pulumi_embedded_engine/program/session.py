"""What a program knows of the operation that it runs in."""

from dataclasses import dataclass
from pathlib import Path

from pulumi_embedded_engine.protocol import provider_pb2
from pulumi_embedded_engine.store.names import ORGANIZATION
from pulumi_embedded_engine.workspace.config import StackConfig


@dataclass(frozen=True)
class Session:
    """What a program may know of the operation it is run for.

    Attributes:
        project: the project's name.
        stack: the stack's name, without organization and project.
        config: the stack's configuration, with secrets decrypted.
        preview: whether nothing is changed.
        parallel: how many steps run at once.
        root: the project's folder.
        program_dir: the program's folder.
        address: where plugins that build components find the monitor, as ``host:port``.
        debug: whether the program's debug log is shown.
        local_only: whether it may connect to servers of this machine only.
    """

    project: str
    stack: str
    config: StackConfig
    preview: bool
    parallel: int
    root: Path
    program_dir: Path
    address: str
    debug: bool = False
    local_only: bool = True

    def construct_options(self) -> provider_pb2.ConstructRequest:
        """The fields of a request to build a component that say which operation it is for."""
        return provider_pb2.ConstructRequest(
            project=self.project,
            stack=self.stack,
            organization=ORGANIZATION,
            config=self.config.values,
            configSecretKeys=sorted(self.config.secret_keys),
            dryRun=self.preview,
            parallel=self.parallel,
            monitorEndpoint=self.address,
        )
