#!/usr/bin/env bash
# The Pulumi CLI in the virtual environment, for CI systems that bring none: the archive with this checksum, or none. To raise the version,
# take the new checksum from the file pulumi-VERSION-checksums.txt of the release on GitHub.
set -euo pipefail
version=3.259.0
sha256=94ba357acac23d01474084c4b00098dc0f7bc70ce13f34c777459254a5f718e5
archive=$(mktemp)
trap 'rm -f "$archive"' EXIT
curl --fail --silent --show-error --location --proto =https --output "$archive" \
  "https://get.pulumi.com/releases/sdk/pulumi-v$version-linux-x64.tar.gz"
echo "$sha256  $archive" | sha256sum --check --quiet
mkdir -p .venv/bin
tar --extract --gzip --file "$archive" --directory .venv/bin --strip-components 1
