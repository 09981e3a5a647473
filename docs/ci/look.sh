#!/usr/bin/env bash
# After a deployment, and once more after a soak: does what was deployed work, and is it as the state records it? Changes nothing.
# STACK names the stack. CHECKS=false leaves the checks out; with CHECKS=optional a stack without checks passes. DRIFT=true looks for drift.
# Further arguments go to `w365 check` and `w365 drift`.
set -euo pipefail
export PATH="$PWD/.venv/bin:$PATH"
case "${CHECKS:-true}" in
false) ;;
optional) w365 check --stack "$STACK" --if-any --watch 10 --deadline 120 --output text --output junit=check.xml "$@" ;;
*) w365 check --stack "$STACK" --watch 10 --deadline 120 --output text --output junit=check.xml "$@" ;;
esac
[ "${DRIFT:-false}" != true ] || w365 drift --stack "$STACK" --output text --output junit=drift.xml "$@"
