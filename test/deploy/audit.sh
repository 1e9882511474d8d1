#!/usr/bin/env bash
# Stops at known flaws of high severity in what the service ships with. Some registries keep no list of flaws: that is said, and
# stops nothing, since it says nothing.
set -euo pipefail
cd "$(dirname "$0")/../.."
if found=$(npm audit --loglevel=warn --omit=dev --audit-level=high 2>&1); then
  echo 'ok npm audit: no flaws of high severity'
elif grep -q 'audit endpoint returned an error' <<<"$found"; then
  echo 'note: this registry answers no audit; nothing is known of flaws'
else
  echo "$found" >&2
  exit 1
fi
