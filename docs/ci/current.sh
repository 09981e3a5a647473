#!/usr/bin/env bash
# Before a rollout, and on a pull request: a file that `w365 rollout --emit` made must be what the plan and the project's stacks say today.
# A stack that it does not know would never be updated. Arguments: the executor, the plan, the file.
set -euo pipefail
export PATH="$PWD/.venv/bin:$PATH"
cp "$3" emitted.before
w365 rollout "$2" --emit "$1" --output "$3"
diff emitted.before "$3" || {
  echo "error: $3 is out of date: make it again and commit it." >&2
  exit 1
}
