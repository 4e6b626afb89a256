"""The part of the settings that says which other systems the bank has; docs/operations.md explains it to operators."""

import dj_email_url
from django.core.exceptions import ImproperlyConfigured

from hrportal import environment
from hrportal.services import Service

# Bound to the checkout like every development key: the simulator of one is a stranger to the portal of another.
LAB_URL: str = environment.web_address("LAB_URL", environment.text("LAB_URL", "http://127.0.0.1:8600"))
SMS = Service("SMS", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM", known="TWILIO_API_BASE_URL")
TWILIO_ACCOUNT_SID = SMS.text("TWILIO_ACCOUNT_SID", "AC" + "0" * 32)
TWILIO_AUTH_TOKEN = SMS.secret("TWILIO_AUTH_TOKEN")
TWILIO_FROM = SMS.text("TWILIO_FROM", "+8610690000")
TWILIO_API_BASE_URL = SMS.address(
    "TWILIO_API_BASE_URL", f"{LAB_URL}/twilio", production="https://api.twilio.com"
)
WECHAT = Service(
    "WeChat",
    *("WECHAT_APP_ID", "WECHAT_APP_SECRET", "WECHAT_CALLBACK_TOKEN", "WECHAT_TEMPLATE_ID"),
    known="WECHAT_API_BASE_URL",
)
WECHAT_APP_ID = WECHAT.text("WECHAT_APP_ID", "wx0000000000000000")
WECHAT_APP_SECRET = WECHAT.secret("WECHAT_APP_SECRET")
WECHAT_CALLBACK_TOKEN = WECHAT.secret("WECHAT_CALLBACK_TOKEN")
WECHAT_TEMPLATE_ID = WECHAT.text("WECHAT_TEMPLATE_ID", "lab-pass-notice")
WECHAT_API_BASE_URL = WECHAT.address(
    "WECHAT_API_BASE_URL", f"{LAB_URL}/wechat", production="https://api.weixin.qq.com"
)
WECOM = Service(
    "WeCom",
    *("WECOM_CORP_ID", "WECOM_CORP_SECRET", "WECOM_AGENT_ID"),
    *("WECOM_CALLBACK_TOKEN", "WECOM_ENCODING_AES_KEY"),
    known="WECOM_API_BASE_URL",
)
WECOM_CORP_ID = WECOM.text("WECOM_CORP_ID", "ww0000000000000000")
WECOM_CORP_SECRET = WECOM.secret("WECOM_CORP_SECRET")
WECOM_AGENT_ID = WECOM.text("WECOM_AGENT_ID", "1000002")
WECOM_CALLBACK_TOKEN = WECOM.secret("WECOM_CALLBACK_TOKEN")
WECOM_ENCODING_AES_KEY = WECOM.matching(
    "WECOM_ENCODING_AES_KEY",
    WECOM.secret("WECOM_ENCODING_AES_KEY", "{:.43}"),
    r"[A-Za-z0-9+/]{43}",
    "Give the 43 letters and digits that WeCom shows.",
)
WECOM_API_BASE_URL = WECOM.address(
    "WECOM_API_BASE_URL", f"{LAB_URL}/wecom", production="https://qyapi.weixin.qq.com"
)
APP = Service(
    "the bank's app",
    *("APP_GATEWAY_TOKEN", "APP_GATEWAY_CALLBACK_SECRET", "APP_API_TOKEN", "APP_GATEWAY_API_BASE_URL"),
)
APP_GATEWAY_TOKEN = APP.secret("APP_GATEWAY_TOKEN")
# Standard Webhooks secrets of the gateway's callbacks, several separated by commas while one is turned.
APP_GATEWAY_CALLBACK_SECRET = APP.webhook_secrets("APP_GATEWAY_CALLBACK_SECRET")
# What the app's own server shows to read and answer notices for its customers; not what we show to the gateway.
# Several separated by commas while one is turned.
APP_API_TOKENS = APP.secret("APP_API_TOKEN").split(",")
APP_GATEWAY_API_BASE_URL = APP.address("APP_GATEWAY_API_BASE_URL", f"{LAB_URL}/app")
# Where signed recommendations go, and the Standard Webhooks secrets they are signed with: the first signs.
INTERVIEW = Service(
    "recommendations to the AI interview", "INTERVIEW_WEBHOOK_URL", "INTERVIEW_WEBHOOK_SECRET"
)
INTERVIEW_WEBHOOK_URL = INTERVIEW.address("INTERVIEW_WEBHOOK_URL", f"{LAB_URL}/interview/recommendations")
INTERVIEW_WEBHOOK_SECRET = INTERVIEW.webhook_secrets("INTERVIEW_WEBHOOK_SECRET")
EMAIL = Service("email", "EMAIL_URL", "EMAIL_FROM")
EMAIL_URL = EMAIL.matching(
    "EMAIL_URL",
    EMAIL.text("EMAIL_URL", "smtp://127.0.0.1:8625"),
    r"(smtp|smtps|submission)://[^\s/?]+(/|\?.*)?|(console|memory|dummy):(//)?",
    "Give smtp://user:password@host:port, smtps:// or submission://; a password is percent-encoded.",
)
vars().update(dj_email_url.parse(EMAIL_URL))
DEFAULT_FROM_EMAIL = EMAIL.text("EMAIL_FROM", "recruitment@bank.example")
# Those that the bank has, in the order in which a channel with several of them chooses.
PROVIDERS = [
    path
    for path, service in (
        ("notifications.providers.app_gateway.AppGateway", APP),
        ("notifications.providers.twilio.Twilio", SMS),
        ("notifications.providers.wechat.WeChat", WECHAT),
        ("notifications.providers.wecom.WeCom", WECOM),
        ("notifications.providers.smtp.Smtp", EMAIL),
    )
    if service.is_on
]
# WeCom reaches members of the bank's own organisation, which most candidates are not.
if PROVIDERS in ([], ["notifications.providers.wecom.WeCom"]):
    raise ImproperlyConfigured(
        "No channel reaches a candidate. Set the variables of SMS, WeChat, email or the bank's app; "
        "see README, Environment."
    )
