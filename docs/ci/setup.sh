#!/usr/bin/env bash
# The program's Python packages, in the virtual environment that Pulumi.yaml names: exactly the files that requirements.txt has hashes of.
set -euo pipefail
python3 -m venv .venv
.venv/bin/pip install --quiet --require-hashes --requirement requirements.txt
