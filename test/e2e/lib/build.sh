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

# build_sanitized TARGET...: with clang, its sanitizers of addresses and undefined behaviour, and what
# libFuzzer counts by: one directory for the tests and the fuzz targets, each built when it is asked for.
# Clang 14 cannot put what checks a called function's type (which gcc never does) before coroutines:
# https://github.com/llvm/llvm-project/issues/49689.
SANITIZED_DIR=$ROOT/build-sanitized
build_sanitized() {
  CC=clang CXX=clang++ build "$SANITIZED_DIR" "$@" -- --buildtype=debug -Doptimization=1 \
    -Db_sanitize=address,undefined -Db_lundef=false -Dfuzz=true -Dbenchmarks=false \
    "-Dcpp_args=-g1 -fno-sanitize=function"
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
