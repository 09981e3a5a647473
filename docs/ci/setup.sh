#!/usr/bin/env bash
# The program's Python packages, in the virtual environment that Pulumi.yaml names.
set -euo pipefail
python3 -m venv .venv
.venv/bin/pip install --quiet --requirement requirements.txt
