#!/usr/bin/env bash
# On a schedule: what changed behind Pulumi's back, and which sign-on keys end soon. Changes nothing, neither the instance nor the state.
# STACK names the stack. Further arguments go to `w365 drift` and `w365 expiry`.
set -euo pipefail
export PATH="$PWD/.venv/bin:$PATH"
failed=0
pulumi refresh --stack "$STACK" --preview-only || failed=$?
w365 expiry --stack "$STACK" --within 30 --output text --output junit=expiry.xml "$@" || failed=$?
w365 drift --stack "$STACK" --output text --output junit=drift.xml "$@" || failed=$?
exit "$failed"
