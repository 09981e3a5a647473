"""Types that the reference allows and this gateway lacks, as opposed to types that no expression may use."""

_REASONS = {
    "the local gateway has no XML documents": "XAttribute XCData XComment XContainer XDeclaration XDocument XDocumentType XElement XName "
    "XNamespace XNode XNodeDocumentOrderComparer XNodeEqualityComparer XObject XProcessingInstruction XText XmlNodeType",
    "the local gateway signs and encrypts with no keys of certificates": "RSA RSACertificateExtensions RSAEncryptionPadding "
    "RSASignaturePadding HashAlgorithmName AsymmetricAlgorithm PublicKey Oid X509Certificate X509ContentType X509NameType",
    'the local gateway has AES by name only, as in data.Encrypt("Aes", key, iv)': "SymmetricAlgorithm Aes RijndaelManaged "
    "AesManaged KeyedHashAlgorithm HMAC",
    "the local gateway has UTC only": "TimeZone TimeZoneInfo AdjustmentRule TransitionTime",
    "the local gateway has no such collection": "Queue Stack IEnumerator",
    "the local gateway has no readers and writers of texts": "StringReader StringWriter",
    "the local gateway has no such JSON token": "JConstructor JRaw",
}  # fmt: skip
REASONS = {name: reason for reason, names in _REASONS.items() for name in names.split()}
"""Why a type that the reference of policy expressions lists cannot run here, by its name."""
