#!/usr/bin/env bash
# Back up database, files and keys of one academy into a folder named by the moment; the site may go on running.
#   LMS_DATA_DIR=... LMS_DATABASE_URL=... deploy/backup.sh /backups
# The keys are needed to read identity numbers again: keep the copy as safe as the site itself. Keys given in the
# environment and files in an object store are not in it.
set -euo pipefail
umask 077
data=${LMS_DATA_DIR:?the folder of the academy}
url=${LMS_DATABASE_URL:-sqlite:///$data/academy.sqlite3}
target=${1:?where to}/$(date -u +%Y%m%dT%H%M%SZ)
work=$target.unfinished
mkdir -p "$work"
# The database first: files are only ever added, so that each one it knows of is there afterwards.
case "$url" in
  postgresql*) pg_dump --format=custom --file="$work/database.dump" "${url/+psycopg/}" ;;
  sqlite:///*)
    python3 - "${url#sqlite:///}" "$work/database.sqlite3" <<'PY'
import pathlib, sqlite3, sys
source = sqlite3.connect(pathlib.Path(sys.argv[1]).resolve().as_uri() + "?mode=rw", uri=True)
copy = sqlite3.connect(sys.argv[2])
with copy:
    source.backup(copy)  # consistent while the site runs
PY
    ;;
  *) echo "LMS_DATABASE_URL is neither PostgreSQL nor SQLite" >&2; exit 1 ;;
esac
for part in files keys; do
  [ ! -d "$data/$part" ] || tar -C "$data" -cf "$work/$part.tar" "$part"
done
(cd "$work" && sha256sum -- * >SHA256SUMS)
mv -T "$work" "$target"
echo "$target"
