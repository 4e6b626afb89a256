"""From an author's template to the text a candidate reads. Pure: no models, no database, no network."""
