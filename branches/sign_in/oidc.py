"""The bank's single sign-on by OpenID Connect: allauth's flow, with every ID token's signature checked."""

from typing import Any

import jwt
from allauth.account.utils import get_next_redirect_url
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from requests import RequestException

from hrportal.kernel.pages import takes

PROVIDER = "bank"
# Signed by a key of the provider's own; "none" and shared secrets are not among them.
ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)


class BankOpenIDConnect(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]  # allauth ships no types
    """allauth trusts what came over its own connection; the bank wants the signature too."""

    def complete_login(
        self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any
    ) -> SocialLogin:
        """Check the ID token, ask for the claims, and keep nothing of them but the staff number.

        Raises:
            OAuth2Error: the token is missing, unsigned, expired, for somebody else, or of another
                person than the claims.
        """
        try:
            identity = self._decode_id_token(app, kwargs["response"]["id_token"])
            described = self._fetch_user_info(token.token)
            is_same = described["sub"] == identity["sub"]
        except (KeyError, TypeError) as error:
            raise OAuth2Error("The provider's answer is incomplete.") from error
        if not is_same:
            raise OAuth2Error("Token and claims speak of two people.")
        login: SocialLogin = self.get_provider().sociallogin_from_response(request, {"sub": identity["sub"]})
        login.account.extra_data = {
            "staff_number": str({**identity, **described}.get(settings.OIDC_STAFF_CLAIM) or "")
        }
        return login

    def _decode_id_token(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        try:
            algorithm = jwt.get_unverified_header(id_token).get("alg")
        except jwt.PyJWTError as error:
            raise OAuth2Error("The ID token cannot be read.") from error
        if algorithm not in ALGORITHMS:
            raise OAuth2Error("The ID token is not signed with a key of the provider.")
        found: dict[str, Any] = jwtkit.verify_and_decode(
            credential=id_token,
            keys_url=self.openid_config["jwks_uri"],
            # The issuer of the settings, not the one that the discovery document claims.
            issuer=[settings.OIDC_ISSUER, f"{settings.OIDC_ISSUER}/"],
            audience=app.client_id,
            lookup_kid=jwtkit.lookup_kid_jwk,
        )
        return found


@takes("POST")
def start(request: HttpRequest) -> HttpResponse:
    """To the bank's sign-on, and back to where the visitor wanted to go."""
    provider = _provider(request)
    try:
        # To sign in, whatever the form says: allauth also knows how to tie an identity to who is signed in.
        answer: HttpResponse = provider.redirect(
            request, process=AuthProcess.LOGIN, next_url=get_next_redirect_url(request)
        )
    except (RequestException, OAuth2Error, KeyError) as error:
        return _failed(request, provider, error)
    return answer


@takes("GET")
def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """From the bank's sign-on, with a code that is worth a token once."""
    if provider_id != PROVIDER:
        raise Http404
    provider = _provider(request)
    view = OAuth2CallbackView.adapter_view(BankOpenIDConnect(request, PROVIDER))
    try:
        return view(request)  # type: ignore[no-any-return]  # allauth ships no types
    except KeyError as error:
        # The discovery document names no such endpoint.
        return _failed(request, provider, error)


def _provider(request: HttpRequest) -> Any:
    if not settings.OIDC_ISSUER:
        raise Http404
    return get_adapter().get_provider(request, provider=PROVIDER)


def _failed(request: HttpRequest, provider: Any, error: Exception) -> HttpResponse:
    try:
        get_adapter().on_authentication_error(request, provider, exception=error)
    except ImmediateHttpResponse as answer:
        return answer.response  # type: ignore[no-any-return]  # allauth ships no types
    raise error
