#!/bin/sh
# Run once by the image of PostgreSQL when its volume is new.
set -eu
psql --username "$POSTGRES_USER" --dbname postgres \
    --set owner_password="$(cat /run/secrets/OWNER_PASSWORD)" \
    --set portal_password="$(cat /run/secrets/PORTAL_PASSWORD)" \
    --file /roles/roles.sql
