# Building, as the owner of the source tree even under sudo, so that no file of root's stays in it.

# build DIR TARGET... -- SETUP_OPTION...: sets the build directory up once, then builds the targets.
build() {
  local dir=$1 targets=()
  shift
  while [ $# -gt 0 ] && [ "$1" != -- ]; do
    targets+=("$1")
    shift
  done
  if [ ! -e "$dir/build.ninja" ]; then
    as_owner env CC="${CC:-gcc}" CXX="${CXX:-g++}" meson setup "$dir" "$ROOT" "${@:2}"
  fi
  as_owner ninja -C "$dir" "${targets[@]}"
}

as_owner() {
  local owner
  owner=$(stat -c %U "$ROOT")
  if [ "$owner" = "$(id -un)" ]; then
    "$@"
  else
    runuser -u "$owner" -- "$@"
  fi
}
