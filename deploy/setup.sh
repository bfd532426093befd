#!/usr/bin/env bash
# Set-up for `make demo` and `make test` on a bare Debian or Ubuntu: system packages, virtual environment, locked
# dependencies, compiled translations. Quick and silent when everything is there.
#   deploy/setup.sh runtime | test
set -euo pipefail
cd "$(dirname "$0")/.."
kind=${1:?runtime or test}

runtime_packages=(python3-venv libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk fonts-lxgw-wenkai)
test_packages=(chromium-headless-shell redis-server poppler-utils)

say() { printf '\033[2m· %s\033[0m\n' "$*"; }

missing_of() {
  local package
  for package in "$@"; do
    # A Python that came from elsewhere brings its own venv module.
    if [ "$package" = python3-venv ] && python3 -c 'import ensurepip, venv' 2>/dev/null; then continue; fi
    if [ "$package" = chromium-headless-shell ] && command -v chromium >/dev/null; then continue; fi
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || echo "$package"
  done
}

install_packages() { # packages...: 0 when installed, 1 when there is no right to
  local as=()
  if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then as=(sudo -n); else return 1; fi
  fi
  export DEBIAN_FRONTEND=noninteractive
  say "installing system packages: $*"
  "${as[@]}" apt-get -qq update
  "${as[@]}" apt-get -qq install -y --no-install-recommends "$@" >/dev/null
}

command -v python3 >/dev/null || { echo "Python 3.11 or newer is needed: apt install python3 python3-venv" >&2; exit 1; }
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed, this is $(python3 --version)" >&2; exit 1; }

if command -v dpkg-query >/dev/null; then
  mapfile -t missing < <(missing_of "${runtime_packages[@]}")
  if [ "${#missing[@]}" -gt 0 ] && ! install_packages "${missing[@]}"; then
    echo "These packages are missing and there is no right to install them. Please run, then start again:" >&2
    echo "  sudo apt-get install ${missing[*]}" >&2
    exit 1
  fi
  if [ "$kind" = test ]; then
    mapfile -t missing < <(missing_of "${test_packages[@]}")
    # Where the distribution has no shell of its own, the whole browser does.
    if [ "${#missing[@]}" -gt 0 ] && ! install_packages "${missing[@]}" &&
      ! install_packages "${missing[@]/chromium-headless-shell/chromium}"; then
      say "without ${missing[*]} the tests that need them will be skipped and counted (sudo apt-get install ${missing[*]})"
    fi
  fi
fi

lock=deploy/requirements.lock
[ "$kind" = test ] && lock=deploy/requirements-dev.lock
stamp=".venv/.installed-$kind"
mapfile -t plugins < <(sed 's,#.*,,; /^ *$/d; s,.*,plugins/&/pyproject.toml,' deploy/plugins.txt)
wanted=$(cat "$lock" setup.cfg pyproject.toml "${plugins[@]}" | sha256sum | cut -d' ' -f1)
if [ ! -x .venv/bin/python ]; then
  say "creating the virtual environment"
  python3 -m venv .venv
fi
if [ "$(cat "$stamp" 2>/dev/null || true)" != "$wanted" ]; then
  say "installing locked dependencies ($lock)"
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
  editable=(-e .)
  for plugin in "${plugins[@]}"; do editable+=(-e "$(dirname "$plugin")"); done
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation "${editable[@]}"
  echo "$wanted" >"$stamp"
fi
shopt -s nullglob
for catalogue in {lms,plugins/*/lms_*}/translations/*/LC_MESSAGES/messages.po; do
  compiled="${catalogue%.po}.mo"
  if [ ! "$compiled" -nt "$catalogue" ]; then
    .venv/bin/pybabel -q compile -i "$catalogue" -o "$compiled"
  fi
done
