"""What a screen shows of encrypted values until somebody reveals them with a purpose."""


def mask_name(value: str) -> str:
    """``王**``: as long as the name, so that a slip of one character can still be told."""
    return f"{value[:1]}{'*' * max(len(value) - 1, 1)}"


def mask_id_number(value: str) -> str:
    """``110105********002X``; other documents keep their first and last two characters."""
    if len(value) == 18:
        return f"{value[:6]}********{value[14:]}"
    return f"{value[:2]}{'*' * max(len(value) - 4, 1)}{value[-2:]}"


def mask_phone(value: str) -> str:
    """``138****0000``, with or without the country code of the mainland."""
    local = value.removeprefix("+86")
    if len(local) < 8:
        return "*" * len(local)
    return f"{local[:3]}****{local[-4:]}"


def mask_email(value: str) -> str:
    """``a***@example.com``."""
    local, _, domain = value.rpartition("@")
    return f"{local[:1]}***@{domain}"


def mask_account(value: str) -> str:
    """The last four characters of an account id."""
    return f"****{value[-4:]}"
