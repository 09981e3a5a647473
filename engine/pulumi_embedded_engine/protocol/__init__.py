"""The messages and services of Pulumi's protocol, which the SDK's package ``pulumi.runtime.proto`` has, without the rest of the SDK.

To import that package is to import the whole SDK: as much processor time as everything else that the engine imports. Its generated modules
import each other relatively, so that this package can look for its modules in the SDK's folder. protobuf makes one class of a message,
under whatever name its module is imported.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi.runtime.proto import alias_pb2 as alias_pb2
    from pulumi.runtime.proto import callback_pb2 as callback_pb2
    from pulumi.runtime.proto import callback_pb2_grpc as callback_pb2_grpc
    from pulumi.runtime.proto import engine_pb2 as engine_pb2
    from pulumi.runtime.proto import engine_pb2_grpc as engine_pb2_grpc
    from pulumi.runtime.proto import errors_pb2 as errors_pb2
    from pulumi.runtime.proto import plugin_pb2 as plugin_pb2
    from pulumi.runtime.proto import provider_pb2 as provider_pb2
    from pulumi.runtime.proto import provider_pb2_grpc as provider_pb2_grpc
    from pulumi.runtime.proto import resource_pb2 as resource_pb2
    from pulumi.runtime.proto import resource_pb2_grpc as resource_pb2_grpc
    from pulumi.runtime.proto import source_pb2 as source_pb2
    from pulumi.runtime.proto import status_pb2 as status_pb2

_sdk = find_spec("pulumi")
__path__ += [str(Path(folder, "runtime", "proto")) for folder in (_sdk.submodule_search_locations if _sdk else None) or ()]
