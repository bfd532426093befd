#!/usr/bin/env bash
# Restore a backup of deploy/backup.sh into an EMPTY data folder (and an empty PostgreSQL database).
#   LMS_DATA_DIR=... LMS_DATABASE_URL=... deploy/restore.sh /backups/20261123T080000Z
set -euo pipefail
umask 077
data=${LMS_DATA_DIR:?the folder of the academy}
url=${LMS_DATABASE_URL:-sqlite:///$data/academy.sqlite3}
source=${1:?which backup}
(cd "$source" && sha256sum --quiet -c SHA256SUMS)
if [ -e "$data" ] && [ -n "$(ls -A "$data")" ]; then
  echo "$data is not empty; restore into a new folder, check it, then switch over" >&2
  exit 1
fi
mkdir -p "$data"
case "$url" in
  postgresql*)
    pg_restore --single-transaction --exit-on-error --no-owner --dbname="${url/+psycopg/}" "$source/database.dump" ;;
  sqlite:///*)
    database=${url#sqlite:///}
    if [ -e "$database" ]; then echo "$database is there already" >&2; exit 1; fi
    cp "$source/database.sqlite3" "$database" ;;
  *) echo "LMS_DATABASE_URL is neither PostgreSQL nor SQLite" >&2; exit 1 ;;
esac
for part in files keys; do
  [ ! -e "$source/$part.tar" ] || tar -C "$data" -xf "$source/$part.tar"
done
echo "restored; now run: lms db upgrade && lms audit verify"
