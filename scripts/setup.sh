# Sourced by ./run, ./test and scripts/build from the project's root. POSIX sh.
# setup run|intake|test makes everything those need and says in one sentence what it cannot do.

VENV=${BACKROOM_VENV:-.venv}
PY=$VENV/bin/python

QT_LIBS="libgl1 libegl1 libglib2.0-0 libdbus-1-3 libfontconfig1 libxkbcommon0 libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0 libxkbcommon-x11-0"

say() { printf 'backroom: %s\n' "$*" >&2; }

fail() {
  say "$*"
  exit 1
}

on_linux() { [ "$(uname -s)" = Linux ]; }

# $1 says what for; the rest are Debian or Ubuntu packages.
apt_install() {
  what=$1
  shift
  command -v apt-get >/dev/null 2>&1 \
    || fail "$what is missing and this system has no apt-get; please install what Debian calls: $*"
  if [ "$(id -u)" = 0 ]; then
    as_root=
  elif command -v sudo >/dev/null 2>&1 && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
    as_root=sudo
  else
    fail "$what is missing and only root may install it; please run: apt-get install $*"
  fi
  say "installing $what: $*"
  log=$(mktemp)
  # The lists are fetched again only when the packages are not known without that.
  if ! $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" </dev/null >"$log" 2>&1; then
    if ! { $as_root apt-get update -q </dev/null >>"$log" 2>&1 \
      && $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" </dev/null >>"$log" 2>&1; }; then
      tail -n 5 "$log" >&2
      fail "$what could not be installed (the lines above are apt-get's); please install: $*"
    fi
  fi
  rm -f "$log"
}

python_ok() {
  python3 -c 'import ensurepip, venv, sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

# Libraries that Qt wants and the loader does not find. Names differ between systems, ldd does not.
qt_missing() {
  qt=$("$PY" -c 'from importlib.util import find_spec; print(find_spec("PySide6").submodule_search_locations[0])') \
    || fail "PySide6 is not in $VENV; remove that folder and run this again."
  ldd "$qt/QtWidgets.abi3.so" "$qt/QtNetwork.abi3.so" "$qt/QtSvg.abi3.so" "$qt/Qt/plugins/platforms/libqxcb.so" 2>/dev/null \
    | awk '/not found/ { print $1 }' | sort -u | tr '\n' ' '
}

postgres_found() {
  command -v initdb >/dev/null 2>&1 && return 0
  for initdb in /usr/lib/postgresql/*/bin/initdb; do
    [ -x "$initdb" ] && return 0
  done
  return 1
}

# Only when a lock or the project's description changed. $1 = run | intake | test
install_locked() {
  stamp=$VENV/.stamp-$1
  sum=$(cat "requirements/$1.txt" pyproject.toml | cksum)
  [ "$(cat "$stamp" 2>/dev/null)" = "$sum" ] && return 0
  say "installing the locked packages into $VENV (once; about a minute)"
  "$PY" -m pip install -q --disable-pip-version-check --require-hashes -r "requirements/$1.txt" \
    || fail "the locked packages could not be installed; is a package index reachable?"
  "$PY" -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e . \
    || fail "the program could not be installed into $VENV."
  printf '%s' "$sum" >"$stamp"
}

# $1 = run | intake | test
setup() {
  if ! python_ok && on_linux; then
    apt_install "Python with venv" python3 python3-venv
  fi
  python_ok || fail "Python 3.11 or later with its venv module is needed; python3 here is $(python3 --version 2>&1)."
  if ! "$PY" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
    python3 -m venv --clear "$VENV" || fail "no virtual environment could be made in $VENV."
  fi
  install_locked "$1"
  on_linux || return 0
  if [ -n "$(qt_missing)" ]; then
    # shellcheck disable=SC2086  # a list of package names
    apt_install "what Qt needs" $QT_LIBS
    still=$(qt_missing)
    [ -z "$still" ] || fail "Qt still misses these libraries: $still"
  fi
  if [ "$1" = test ]; then
    command -v xvfb-run >/dev/null 2>&1 && command -v xauth >/dev/null 2>&1 \
      || apt_install "a virtual screen for the tests" xvfb xauth
    postgres_found || apt_install "PostgreSQL for the tests" postgresql
  fi
}
