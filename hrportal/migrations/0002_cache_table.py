"""Django's cache in the database (settings.CACHES), as `createcachetable` would make it."""

from django.db import migrations

TABLE = """
CREATE TABLE portal_cache (
    cache_key varchar(255) PRIMARY KEY,
    value text NOT NULL,
    expires timestamptz NOT NULL
);
CREATE INDEX portal_cache_expires ON portal_cache (expires);
"""


class Migration(migrations.Migration):
    # The roles that work in the tables are made there.
    dependencies = [("hrportal", "0001_initial"), ("kernel", "0002_roles_and_search_key")]

    operations = [migrations.RunSQL(TABLE, "DROP TABLE portal_cache")]
