"""Django's PostgreSQL backend, as a role that owns nothing, with the scope in every transaction."""
