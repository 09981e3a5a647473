"""Hashes, keyed hashes and AES, as far as expressions use them."""

import hashlib
import hmac
import os
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from pulumi_workspace365_sandbox.azure.expressions.errors import DotNetException
from pulumi_workspace365_sandbox.azure.expressions.registry import define
from pulumi_workspace365_sandbox.azure.expressions.values import ByteArray

_ALGORITHMS = ("MD5", "SHA1", "SHA256", "SHA384", "SHA512")


class Hash:
    """`SHA256.Create()` and `new HMACSHA256(key)`."""

    def __init__(self, name: str, key: Any = None, *, keyed: bool = False) -> None:
        self.kind = f"{'HMAC' if keyed else ''}{name}"
        self._name = name.lower()
        self._key = bytes(key) if key is not None else os.urandom(64) if keyed else None

    def computed(self, data: Any, start: int = 0, count: int | None = None) -> ByteArray:
        given = bytes(data)[start:][:count]
        if self._key is not None:
            return ByteArray(hmac.new(self._key, given, self._name).digest())
        return ByteArray(hashlib.new(self._name, given, usedforsecurity=False).digest())


def _maker(name: str, *, keyed: bool) -> Callable[..., Hash]:
    return lambda key=None: Hash(name, key, keyed=keyed)


define("HashAlgorithm", methods={"ComputeHash": ("byte[]", Hash.computed), "Dispose": ("void", lambda _: None)})
for _name in _ALGORITHMS:
    _create: dict[str, Any] = {
        "Create": (_name, _maker(_name, keyed=False)),
        "HashData": ("byte[]", lambda data, name=_name: Hash(name).computed(data)),
    }
    define(_name, bases=("HashAlgorithm",), functions=_create)
    define(f"{_name}Managed", bases=(_name,), makes=(_name, _maker(_name, keyed=False)))
    define(f"HMAC{_name}", bases=("HashAlgorithm",), makes=(f"HMAC{_name}", _maker(_name, keyed=True)))


def _cipher(name: Any, key: Any, iv: Any) -> Any:
    if str(name).lower() not in {"aes", "aes128", "aes192", "aes256", "rijndael"}:
        raise DotNetException("CryptographicException", f"The local gateway has no algorithm '{name}', only Aes.")
    try:
        return Cipher(algorithms.AES(bytes(key)), modes.CBC(bytes(iv)))
    except (TypeError, ValueError) as problem:
        raise DotNetException(
            "CryptographicException", f"Specified key or initialization vector does not match: {problem}"
        ) from None


def _encrypted(data: Any, name: Any, key: Any = None, iv: Any = None) -> ByteArray:
    cipher, padder = _cipher(name, key, iv).encryptor(), padding.PKCS7(128).padder()
    return ByteArray(cipher.update(padder.update(bytes(data)) + padder.finalize()) + cipher.finalize())


def _decrypted(data: Any, name: Any, key: Any = None, iv: Any = None) -> ByteArray:
    cipher, remover = _cipher(name, key, iv).decryptor(), padding.PKCS7(128).unpadder()
    try:
        return ByteArray(remover.update(cipher.update(bytes(data)) + cipher.finalize()) + remover.finalize())
    except ValueError:
        raise DotNetException("CryptographicException", "Padding is invalid and cannot be removed.") from None


define("BytesOf", methods={"Encrypt": ("byte[]", _encrypted), "Decrypt": ("byte[]", _decrypted)})


class RandomSource:
    """`RNGCryptoServiceProvider`."""

    kind = "RNGCryptoServiceProvider"

    def fill(self, data: ByteArray) -> None:
        data[:] = os.urandom(len(data))


define(
    "RNGCryptoServiceProvider",
    makes=("RNGCryptoServiceProvider", RandomSource),
    methods={"GetBytes": ("void", RandomSource.fill)},
)
