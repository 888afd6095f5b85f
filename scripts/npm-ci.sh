#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# npm ci with a Node that the packages accept: npm leaves out optional ones (the native parts of the linter and of vitest) without
# a word when the Node it runs on is too old for them, as Debian 12's is. So an old one installs Node 24 and its npm first.
set -eu
cd "$(dirname "$0")/.."
if ! node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 22 ? 0 : 1)' 2>/dev/null; then
  (cd scripts/bootstrap && npm ci --no-audit --no-fund --loglevel=error)
  PATH="$PWD/scripts/bootstrap/node_modules/.bin:$PATH"
  export PATH
fi
exec npm ci --no-audit --no-fund --loglevel=error
