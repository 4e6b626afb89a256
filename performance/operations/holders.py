"""Whether what a row says of an employee beside the number is true of who has the number: pure."""

from django.utils.translation import gettext as _

from hrportal.kernel.masks import mask_account, mask_name
from hrportal.kernel.texts import same_name
from performance.wire import FieldImpossible


def check_name(*, sent: str, held: str) -> None:
    """Refuse another name; what either side does not say contradicts nothing.

    Raises:
        FieldImpossible: they are names of two persons; a person may say that the row is right.
    """
    if not sent or not held or same_name(sent, held):
        return
    raise FieldImpossible(
        "name",
        _(
            "This employee number or application belongs to a person with a different name. Correct "
            "the number or the name. If the number is correct, leave the name empty."
        ),
        value=_sides(mask_name(sent), mask_name(held)),
        can_stand=True,
    )


def check_reference(*, sent: str, held: str) -> None:
    """Refuse another application; what either side does not say contradicts nothing.

    Raises:
        FieldImpossible: they are two applications; a person may say that the row is right.
    """
    if not sent or not held or sent == held:
        return
    raise FieldImpossible(
        "application_ref",
        _(
            "This employee number belongs to another application. Correct the number or the reference. "
            "If the number is correct, leave the reference empty."
        ),
        value=_sides(mask_account(sent), mask_account(held)),
        can_stand=True,
    )


def _sides(sent: str, held: str) -> str:
    return _("received: %(sent)s, on record: %(held)s") % {"sent": sent, "held": held}
