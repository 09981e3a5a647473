#!/usr/bin/env bash
# On the main branch: deploy what was judged, and nothing else; then see whether it works.
# STACK names the stack. Further arguments go to `w365 plan` and to look.sh.
# DISMISS holds environments, one a line, that no interrupted create made: `pulumi up` names them when it cannot tell.
# ALLOW holds budgets (deletes=0 creates=any) instead of ci/budgets.yaml. REFRESH=true refreshes the state first. CHECKS and DRIFT: see look.sh.
set -euo pipefail
export PATH="$PWD/.venv/bin:$PATH"
export W365_JOURNAL="${W365_JOURNAL:-$PWD/w365-journal.jsonl}"
save="" plan="" previewed=0 failed=0 open=0 budgets=(--budgets ci/budgets.yaml)
if [ -n "${ALLOW:-}" ]; then
  read -ra allowed <<<"$ALLOW"
  budgets=("${allowed[@]/#/--allow=}")
fi
case "$(pulumi preview --help)" in
*--save-plan*) save=--save-plan=plan.json plan=--plan=plan.json ;;
esac
[ "${REFRESH:-false}" != true ] || pulumi refresh --stack "$STACK" --yes
pulumi preview --stack "$STACK" --json ${save:+"$save"} >preview.json || previewed=$?
w365 plan preview.json --stack "$STACK" "${budgets[@]}" --output text --output junit=plan.xml "$@"
[ "$previewed" -eq 0 ] || exit "$previewed"

# What a lost job had begun to create is in the stack's state only. Noted in this job's journal, `pulumi up` recognises what it made.
w365 recover --stack "$STACK"
while IFS= read -r name; do
  [ -z "$name" ] || w365 recover --dismiss "$name"
done <<<"${DISMISS:-}"
pulumi up --stack "$STACK" --yes --skip-preview ${plan:+"$plan"} || failed=$?
if [ "$failed" -ne 0 ]; then
  # If a create lost its provider, only this job's journal knows: one more `pulumi up` takes what it made into state.
  w365 recover --check --stack "$STACK" || open=$?
  [ "$open" -eq 3 ] || exit "$failed"
  pulumi up --stack "$STACK" --yes --skip-preview ${plan:+"$plan"}
fi
bash "$(dirname "$0")/look.sh" "$@"
