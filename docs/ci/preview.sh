#!/usr/bin/env bash
# On a pull request: what would change, judged. Reads the stack's state; needs no key of Workspace 365 and sends nothing to it.
# STACK names the stack. Further arguments go to `w365 plan`.
# ALLOW holds budgets (deletes=0 creates=any) instead of ci/budgets.yaml.
set -euo pipefail
export PATH="$PWD/.venv/bin:$PATH"
previewed=0 budgets=(--budgets ci/budgets.yaml)
if [ -n "${ALLOW:-}" ]; then
  read -ra allowed <<<"$ALLOW"
  budgets=("${allowed[@]/#/--allow=}")
fi
pulumi preview --stack "$STACK" --json >preview.json || previewed=$?
w365 plan preview.json --stack "$STACK" "${budgets[@]}" --comment plan.md --output text --output junit=plan.xml "$@"
exit "$previewed"
