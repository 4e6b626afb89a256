"""The Chinese catalogue: what of the code's messages it holds, and ``manage.py messages`` that keeps it complete."""
