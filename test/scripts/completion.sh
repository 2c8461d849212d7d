#!/bin/bash
# What bash completes of enclusterctl: completion.sh ENCLUSTERCTL
# shellcheck source-path=SCRIPTDIR source=../e2e/lib/check.sh
set -euo pipefail
. "$(dirname "$0")/../e2e/lib/wait.sh"
. "$(dirname "$0")/../e2e/lib/check.sh"
# shellcheck source=../../config/bash-completion/enclusterctl
. "$(dirname "$0")/../../config/bash-completion/enclusterctl"
PROGRAM=$1
STATE=$(mktemp -d)
trap 'rm -rf "$STATE"' EXIT

# A gateway with two nodes, for whoever asks at the right place; all else is the program's.
cat >"$STATE/enclusterctl" <<END
#!/bin/bash
case "\$*" in
  "nodes --url http://a:1 --token-file t") printf '%s\n' 'NODE ID' 'alpha 1' 'beta-2 2' '* changed' ;;
  nodes*) echo "no such gateway" >&2; exit 1 ;;
  *) exec "$PROGRAM" "\$@" ;;
esac
END
chmod +x "$STATE/enclusterctl"

# completed WORD...: what is offered for the last of the words, which bash has broken.
completed() {
  COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMPREPLY=()
  # As typed, words that were broken at '=' and ':' stand together.
  COMP_LINE=${COMP_LINE// = /=} COMP_LINE=${COMP_LINE/% =/=} COMP_LINE=${COMP_LINE// : /:}
  COMP_POINT=${#COMP_LINE}
  _enclusterctl "$STATE/enclusterctl" 2>"$STATE/said"
  equal "what completion says aloud" "$(cat "$STATE/said")" ""
  echo "${COMPREPLY[*]}"
}
AT=(--url http : //a : 1 --token-file t)

commands() {
  equal "of d" "$(completed enclusterctl d)" "drops drain"
  local command all
  all=$(completed enclusterctl '')
  [ "$(wc -w <<<"$all")" -ge 17 ] || die "the commands are only: $all"
  for command in $all; do
    "$PROGRAM" "$command" --help >/dev/null || die "$command is no command"
  done
  equal "a command with operands" "$(completed enclusterctl und)" undrain
  equal "behind options" "$(completed enclusterctl "${AT[@]}" und)" undrain
  equal "after a command" "$(completed enclusterctl status '')" ""
}
check "commands are completed" commands

options() {
  equal "of none" "$(completed enclusterctl --v)" --version
  equal "of top" "$(completed enclusterctl top --)" \
    "--url --token-file --json --help --interval --count --once"
  equal "of check" "$(completed enclusterctl check --)" "--config --help"
  equal "of connections" "$(completed enclusterctl connections --p)" "--port --protocol"
}
check "each command's options are completed" options

# Each option that is offered is one that the command takes.
known() {
  local command option offered=0
  for command in $(completed enclusterctl ''); do
    for option in $(completed enclusterctl "$command" --); do
      "$PROGRAM" "$command" --help | grep -E -- "$option\b" >/dev/null || die "$command has no $option"
      not grep -F 'unknown option' <("$PROGRAM" "$command" "$option" --help 2>&1)
      offered=$((offered + 1))
    done
  done
  [ "$offered" -gt 60 ] || die "only $offered options are offered"
}
check "no other options are offered" known

values() {
  equal "a protocol" "$(completed enclusterctl connections --protocol '')" "tcp udp icmp"
  equal "a protocol after =" "$(completed enclusterctl connections --protocol = t)" tcp
  equal "a protocol after a bare =" "$(completed enclusterctl connections --protocol =)" "tcp udp icmp"
  equal "a number" "$(completed enclusterctl top --count '')" ""
  touch "$STATE/gateway.yaml"
  equal "a file" "$(completed enclusterctl check --config "$STATE/gate")" "$STATE/gateway.yaml"
  equal "of a route" "$(completed enclusterctl route u)" udp
}
check "options' values are completed" values

nodes() {
  equal "of drain" "$(completed enclusterctl "${AT[@]}" drain '')" "alpha beta-2"
  equal "of drain, before the options" "$(completed enclusterctl reset "${AT[@]}" b)" beta-2
  equal "of --node" "$(completed enclusterctl "${AT[@]}" connections --node a)" alpha
  equal "a second one" "$(completed enclusterctl "${AT[@]}" weight alpha '')" ""
}
check "nodes are those of the gateway" nodes

nobody() {
  equal "of another gateway" "$(completed enclusterctl drain '')" ""
  equal "without a token" "$(completed enclusterctl --token-file "$STATE/none" drain '')" ""
}
check "where no gateway answers, there is quietly nothing" nobody
[ "$failures" -eq 0 ]
