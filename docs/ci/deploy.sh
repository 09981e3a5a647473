#!/usr/bin/env bash
# On the main branch: deploy what was judged, and nothing else; then ask what was deployed whether it works.
# STACK names the stack. Further arguments go to `w365 plan` and `w365 check`.
set -euo pipefail
export PATH="$PWD/.venv/bin:$PATH"
save="" plan="" previewed=0
case "$(pulumi preview --help)" in
*--save-plan*) save=--save-plan=plan.json plan=--plan=plan.json ;;
esac
pulumi preview --stack "$STACK" --json ${save:+"$save"} >preview.json || previewed=$?
w365 plan preview.json --budgets ci/budgets.yaml --output text --output junit=plan.xml "$@"
[ "$previewed" -eq 0 ] || exit "$previewed"
pulumi up --stack "$STACK" --yes --skip-preview ${plan:+"$plan"}
w365 check --stack "$STACK" --watch 10 --deadline 120 --output text --output junit=check.xml "$@"
