"""What stands for a typed name where tries are counted."""

from collections.abc import Mapping

from django.http import HttpRequest

from hrportal.kernel.encryption import blind_index


def encrypted_name(request: HttpRequest, credentials: Mapping[str, str] | None) -> str | None:
    """A keyed hash of the name somebody typed, the same for the same name, that tells nobody the name."""
    name = (credentials or request.POST).get("username")
    return blind_index(name, purpose="sign-in name").hex() if name else None
