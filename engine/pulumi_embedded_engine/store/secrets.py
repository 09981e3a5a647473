"""The passphrase secrets provider: what one engine encrypts, the Pulumi CLI decrypts, and the reverse.

The key is PBKDF2-HMAC-SHA256 over passphrase and salt, a million rounds; values are AES-256-GCM with a random nonce, written
``v1:<nonce>:<ciphertext and tag>`` in base64. ``encryptionsalt`` in Pulumi.<stack>.yaml is ``v1:<salt>:<check value>``, and
the check value decrypts to a fixed word (Pulumi's pkg/secrets/passphrase and sdk/go/common/resource/config/crypt.go).
"""

import base64
import binascii
import functools
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from pulumi_embedded_engine import input_files
from pulumi_embedded_engine.errors import NeedsPulumiCLI, SecretsError

_ROUNDS = 1_000_000
_CHECK_WORD = "pulumi"
_KEY_BYTES = 32
_NONCE_BYTES = 12
_SALT_BYTES = 8
_PARTS = 3
_HOW = "set PULUMI_CONFIG_PASSPHRASE, or PULUMI_CONFIG_PASSPHRASE_FILE to a file that holds it"


class PassphraseSecrets:
    """Encrypts and decrypts the secrets of one stack.

    Args:
        passphrase: may be empty, as with the CLI.
        encryption_salt: the text of ``encryptionsalt``.

    Raises:
        SecretsError: the salt is malformed, or the passphrase is not the one it was made with.
    """

    def __init__(self, passphrase: str, encryption_salt: str) -> None:
        self.encryption_salt = encryption_salt
        self._passphrase = passphrase
        version, salt, check = _split(encryption_salt, "the stack's encryptionsalt")
        if version != "v1":
            raise NeedsPulumiCLI(f"the stack's encryptionsalt of version {version!r}")
        self._cipher = AESGCM(_key(passphrase, _unbase64(salt, "the stack's encryptionsalt")))
        try:
            checked = self.decrypt(check)
        except SecretsError:
            checked = ""
        if checked != _CHECK_WORD:
            raise SecretsError(
                f"incorrect passphrase for the stack's secrets: {_HOW}; it must be the one the stack was created with"
            )

    def encrypt(self, plaintext: str) -> str:
        """The ciphertext of a text, as ``v1:<nonce>:<ciphertext>`` in base64."""
        return _encrypt(self._cipher, plaintext)

    def decrypt(self, ciphertext: str) -> str:
        """The plaintext.

        Raises:
            SecretsError: the ciphertext is damaged or was made with another key.
        """
        version, nonce, sealed = _split(ciphertext, "a secret")
        if version != "v1":
            raise NeedsPulumiCLI(f"a secret of version {version!r}")
        try:
            opened = self._cipher.decrypt(_unbase64(nonce, "a secret"), _unbase64(sealed, "a secret"), None)
        except (InvalidTag, ValueError) as error:
            raise SecretsError(
                "a secret cannot be decrypted: it is damaged or was encrypted with another passphrase or salt; "
                "set it again with `python -m pulumi_embedded_engine config set --secret`, or restore the stack's configuration file"
            ) from error
        return opened.decode("utf-8", "surrogateescape")

    def with_salt(self, encryption_salt: str) -> "PassphraseSecrets":
        """The same passphrase with another salt: that of a deployment made elsewhere."""
        return self if encryption_salt == self.encryption_salt else PassphraseSecrets(self._passphrase, encryption_salt)

    def state(self) -> dict[str, Any]:
        """``secrets_providers`` of a deployment."""
        return {"type": "passphrase", "state": {"salt": self.encryption_salt}}


def passphrase_from_environment(environment: Mapping[str, str] = os.environ) -> str:
    """PULUMI_CONFIG_PASSPHRASE (also empty), else the stripped contents of the file PULUMI_CONFIG_PASSPHRASE_FILE names.

    Raises:
        SecretsError: neither is set, or the file cannot be read.
    """
    if (phrase := environment.get("PULUMI_CONFIG_PASSPHRASE")) is not None:
        return phrase
    path = environment.get("PULUMI_CONFIG_PASSPHRASE_FILE")
    if not path:
        raise SecretsError(f"the passphrase of the stack's secrets is missing: {_HOW}")
    try:
        return input_files.decode_text(input_files.read_user_file(Path(path), largest=input_files.SECRET_BYTES), path).strip()
    except input_files.FileError as error:
        raise SecretsError(f"PULUMI_CONFIG_PASSPHRASE_FILE={path} cannot be read: {error.reason}") from error


def new_salt(passphrase: str) -> str:
    """A fresh ``encryptionsalt`` for a new stack."""
    salt = os.urandom(_SALT_BYTES)
    check = _encrypt(AESGCM(_key(passphrase, salt)), _CHECK_WORD)
    return f"v1:{base64.b64encode(salt).decode()}:{check}"


@functools.cache
def _key(passphrase: str, salt: bytes) -> bytes:
    derivation = PBKDF2HMAC(SHA256(), _KEY_BYTES, salt, _ROUNDS)  # in half the time of hashlib's, whose OpenSSL is often older
    return derivation.derive(passphrase.encode("utf-8", "surrogateescape"))


def _encrypt(cipher: AESGCM, plaintext: str) -> str:
    nonce = os.urandom(_NONCE_BYTES)
    sealed = cipher.encrypt(nonce, plaintext.encode("utf-8", "surrogateescape"), None)
    return f"v1:{base64.b64encode(nonce).decode()}:{base64.b64encode(sealed).decode()}"


def _split(text: str, what: str) -> list[str]:
    parts = text.split(":", _PARTS - 1)
    if len(parts) != _PARTS:
        raise SecretsError(f"{what} is malformed: expected v1:<base64>:<base64>")
    return parts


def _unbase64(text: str, what: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise SecretsError(f"{what} is malformed: its parts are not base64") from error
