"""The secrets of this Azure, made at its first start and kept: certificate authority, signing key, client, tenant, subscription."""

import os
import ssl
import uuid
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from ipaddress import IPv4Address
from pathlib import Path

import certifi
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pydantic import BaseModel, ConfigDict

from pulumi_workspace365_sandbox.support import input_files, private_files

_LIFETIME = timedelta(days=3650)
_PEM = serialization.Encoding.PEM
_UNENCRYPTED = serialization.NoEncryption()
_PKCS8 = serialization.PrivateFormat.PKCS8


class Ids(BaseModel):
    """Who may sign in, and where to."""

    model_config = ConfigDict(extra="forbid")
    subscription_id: str
    tenant_id: str
    client_id: str
    client_secret: str


@dataclass(frozen=True)
class Identity:
    """What is kept in a folder, so that tokens and certificates stay valid from one start to the next."""

    folder: Path

    @cached_property
    def ids(self) -> Ids:
        path = self.folder / "ids.json"
        if not path.exists():
            names = ("subscription_id", "tenant_id", "client_id", "client_secret")
            private_files.replace(path, Ids(**{name: str(uuid.uuid4()) for name in names}).model_dump_json(indent=2).encode())
        return input_files.validated(path, Ids.model_validate_json)

    @property
    def ca_file(self) -> Path:
        """The certificate authority's certificate; made with the server's."""
        self._certificate()
        return self.folder / "ca.pem"

    def write_bundle(self) -> Path:
        """Write the authority's certificate and those of all authorities that this process trusts, for programs that ask others too."""
        path = self.folder / "authorities.pem"
        private_files.replace(path, input_files.content(self.ca_file) + _known_authorities())
        return path

    @cached_property
    def signing_key(self) -> rsa.RSAPrivateKey:
        """Signs tokens."""
        path = self.folder / "signing.pem"
        if not path.exists():
            key = rsa.generate_private_key(65537, 2048)
            private_files.replace(path, key.private_bytes(_PEM, _PKCS8, _UNENCRYPTED))
        try:
            loaded = serialization.load_pem_private_key(input_files.content(path), None)
        except (ValueError, TypeError) as error:
            raise input_files.FileError(path, "it holds no key that can be read") from error
        if not isinstance(loaded, rsa.RSAPrivateKey):
            raise input_files.FileError(path, "it holds no RSA key")
        return loaded

    def server_side(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        path = self._certificate()
        input_files.content(path)  # OpenSSL would wait for a pipe
        try:
            context.load_cert_chain(path)
        except OSError as error:
            raise input_files.FileError(path, "it holds no certificate with its key") from error
        return context

    def client_side(self) -> ssl.SSLContext:
        """Trusts this certificate authority and no other."""
        path = self.ca_file
        try:
            trusted = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            trusted.load_verify_locations(cadata=input_files.content(path).decode("ascii"))
        except (ssl.SSLError, ValueError) as error:
            raise input_files.FileError(path, "it holds no certificate") from error
        return trusted

    def _certificate(self) -> Path:
        path = self.folder / "server.pem"
        if not path.exists():
            _issue(self.folder / "ca.pem", path)
        return path


def _known_authorities() -> bytes:
    context = ssl.create_default_context()
    with suppress(OSError, KeyError):  # what Requests trusts need not be what OpenSSL does
        context.load_verify_locations(os.environ["REQUESTS_CA_BUNDLE"])
    certificates = context.get_ca_certs(binary_form=True)  # without those in a folder, which are read when they are needed
    return "".join(map(ssl.DER_cert_to_PEM_cert, certificates)).encode() or Path(certifi.where()).read_bytes()


def _issue(ca_file: Path, server_file: Path) -> None:
    """A certificate authority and one server certificate; the authority's key is not kept."""
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = _name("Local Azure certificate authority")
    authority = (
        _certificate(issuer, issuer, ca_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(authority=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key()), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    names = [x509.DNSName("localhost"), x509.DNSName("*.example.com"), x509.IPAddress(IPv4Address("127.0.0.1"))]
    server = (
        _certificate(_name("localhost"), issuer, key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(authority=False), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    private_files.replace(ca_file, authority.public_bytes(_PEM))
    private_files.replace(server_file, key.private_bytes(_PEM, _PKCS8, _UNENCRYPTED) + server.public_bytes(_PEM))


def _certificate(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC) - timedelta(hours=1)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    return builder.serial_number(x509.random_serial_number()).not_valid_before(now).not_valid_after(now + _LIFETIME)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
