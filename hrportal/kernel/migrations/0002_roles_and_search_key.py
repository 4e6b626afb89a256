"""The two roles that the portal works as, and the one function that folds names for searching."""

from django.db import migrations

from hrportal.kernel.rls import FORGET_ROLES, GIVE_RIGHTS, MAKE_ROLES

# Marks, variation selectors, and what is written between or around the parts of a name.
DROPPED = (
    r"[\s\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f\ufe00-\ufe0f\U000e0100-\U000e01ef"
    r"\u180b-\u180f\u200b-\u200f\u00b7\u2022\u30fb\u2027\u2219\u22c5\u02d9.,\uff0c\u3001'\u2018\u2019\u02b9\u02bc`\u00b4"
    r"\u2010-\u2015\u2212_()/-]"
)


class Migration(migrations.Migration):
    dependencies = [("kernel", "0001_initial")]

    operations = [
        migrations.RunSQL(MAKE_ROLES + GIVE_RIGHTS, FORGET_ROLES),
        migrations.RunSQL(
            sql=f"""
                CREATE FUNCTION search_key(written text) RETURNS text
                LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
                RETURN replace(
                    lower(regexp_replace(normalize(written, NFKD), $re${DROPPED}$re$, '', 'g')), 'ß', 'ss'
                )
            """,
            reverse_sql="DROP FUNCTION search_key(text)",
        ),
    ]
