"""The part of the settings that says how staff sign in; docs/sign-in.md explains it to operators."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured

from hrportal.environment import PRODUCTION, flag, text, web_address, whole

# --- Passwords ------------------------------------------------------------------------------------
PASSWORD_MIN_LENGTH: int = whole("PASSWORD_MIN_LENGTH", 12, least=8, most=64)
# How many of: small letters, capitals, digits, other signs. A letter of a script without case is a sign.
PASSWORD_CLASSES: int = whole("PASSWORD_CLASSES", 3, least=0, most=4)
# How many former passwords, the present one included, may not come back.
PASSWORD_HISTORY: int = whole("PASSWORD_HISTORY", 5, least=0, most=50)
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": PASSWORD_MIN_LENGTH},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "branches.sign_in.passwords.ClassesValidator", "OPTIONS": {"classes": PASSWORD_CLASSES}},
    {"NAME": "branches.sign_in.passwords.HistoryValidator", "OPTIONS": {"kept": PASSWORD_HISTORY}},
]

# --- Second factor and sessions -------------------------------------------------------------------
# Without it whoever holds a role gets nowhere but to the page that sets it up.
SECOND_FACTOR_REQUIRED: bool = flag("SECOND_FACTOR_REQUIRED", default=PRODUCTION)
SESSION_IDLE_SECONDS: int = whole("SESSION_IDLE_MINUTES", 30, least=1, most=1_440) * 60
SESSION_COOKIE_AGE: int = whole("SESSION_MAX_HOURS", 12, least=1, most=720) * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
# How many proxies of our own stand in front; each has added one address to X-Forwarded-For.
TRUSTED_PROXIES: int = whole("TRUSTED_PROXIES", 0, least=0, most=10)

# --- allauth --------------------------------------------------------------------------------------
ACCOUNT_ADAPTER = "branches.sign_in.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
# Axes counts wrong passwords by account and address. Left to allauth: wrong codes by account from anywhere.
ACCOUNT_RATE_LIMITS = {"login": None, "login_failed": "5/5m/key", "reauthenticate": "10/m/user"}
MFA_ADAPTER = "branches.sign_in.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_FORMS = {
    "authenticate": "branches.sign_in.forms.CodeForm",
    "reauthenticate": "branches.sign_in.forms.ConfirmByCodeForm",
    "activate_totp": "branches.sign_in.forms.SetUpForm",
}

# --- Single sign-on -------------------------------------------------------------------------------
# The bank's single sign-on; off while there is no issuer.
OIDC_ISSUER: str = text("OIDC_ISSUER")
if OIDC_ISSUER:
    OIDC_ISSUER = web_address("OIDC_ISSUER", OIDC_ISSUER)
OIDC_CLIENT_ID: str = text("OIDC_CLIENT_ID")
OIDC_CLIENT_SECRET: str = text("OIDC_CLIENT_SECRET")
OIDC_STAFF_CLAIM: str = text("OIDC_STAFF_CLAIM", "preferred_username")
_OIDC = {
    "OIDC_ISSUER": OIDC_ISSUER,
    "OIDC_CLIENT_ID": OIDC_CLIENT_ID,
    "OIDC_CLIENT_SECRET": OIDC_CLIENT_SECRET,
}
if any(_OIDC.values()) and not all(_OIDC.values()):
    raise ImproperlyConfigured(
        f"{', '.join(name for name, value in _OIDC.items() if not value)} not set. The single sign-on needs "
        f"{', '.join(_OIDC)} (or …_FILE); to leave it off, set none; see README, Environment."
    )
if PRODUCTION and OIDC_ISSUER and not OIDC_ISSUER.startswith("https://"):
    raise ImproperlyConfigured("OIDC_ISSUER must be an https address.")
SOCIALACCOUNT_ADAPTER = "branches.sign_in.adapters.SingleSignOnAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "bank",
                "name": "OIDC",
                "client_id": OIDC_CLIENT_ID,
                "secret": OIDC_CLIENT_SECRET,
                "settings": {"server_url": OIDC_ISSUER},
            }
        ]
        if OIDC_ISSUER
        else [],
    }
}

# --- Lockout --------------------------------------------------------------------------------------
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 1  # hours
AXES_RESET_ON_SUCCESS = True
# Who signed in stands in the access log, with everything else that people did.
AXES_DISABLE_ACCESS_LOG = True
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "errors/locked_out.html"
AXES_VERBOSE = False
AXES_CLIENT_IP_CALLABLE = "branches.sign_in.lockout.counted_address"
# Beside it, by account and by address alone, apart from browsers that are known.
AXES_HANDLER = "branches.sign_in.lockout.LockoutHandler"
# Who types a password where the name belongs has not written it into a table.
AXES_USERNAME_CALLABLE = "branches.sign_in.names.encrypted_name"
