#!/bin/bash
# Manual pages are whole, and groff finds nothing to warn of: man-pages.sh PAGE...
# shellcheck source-path=SCRIPTDIR source=../e2e/lib/check.sh
set -euo pipefail
. "$(dirname "$0")/../e2e/lib/wait.sh"
. "$(dirname "$0")/../e2e/lib/check.sh"
STATE=$(mktemp -d)
trap 'rm -rf "$STATE"' EXIT

sound() {
  groff -man -ww -Tutf8 "$1" >"$STATE/page" 2>"$STATE/warnings"
  equal "what groff warns of" "$(cat "$STATE/warnings")" ""
}

# whole PAGE: every option of its source, which is --help, and the sections that readers look for.
whole() {
  local text section option
  text=$(groff -man -Tascii -P-cbou "$1")
  for section in NAME SYNOPSIS DESCRIPTION OPTIONS "Exit status:"; do
    grep -E "^ *$section\$" <<<"$text" >/dev/null || die "there is no $section"
  done
  for option in --help --version; do
    grep -E "^ +$option( |\$)" <<<"$text" >/dev/null || die "$option is no paragraph of its own"
  done
}

[ $# -gt 0 ] || die "no pages"
for page in "$@"; do
  check "$(basename "$page") has no warnings" sound "$page"
  check "$(basename "$page") is whole" whole "$page"
done
[ "$failures" -eq 0 ]
