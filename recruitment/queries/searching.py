"""What is typed into a search for a candidate: a name, a reference, a phone number, a mailbox, a document."""

from django.db.models import Q, QuerySet
from django.utils import timezone

from hrportal.kernel import clocks, texts
from hrportal.kernel.search import as_codes, spelled
from hrportal.kernel.searches import looks_encrypted
from notifications.addresses import form_of
from notifications.enums import AddressKind
from notifications.models import Address
from notifications.queries.recipients import address_index
from recruitment.enums import IdType
from recruitment.identity import IdNumberImpossible, read_document
from recruitment.models import Application, PersonDocument
from recruitment.queries.people import document_index


def of_application(words: str, *, contacts: QuerySet[Application]) -> Q:
    """Applications by reference or person; rows are those of ``Application``.

    Args:
        words: as typed.
        contacts: applications whose documents and addresses the viewer may see, and so ask for.
    """
    found = Q(ref__in=as_codes(words)) | spelled(words, "person__search_key")
    return (
        found | Q(pk__in=contacts.filter(_encrypted(words)).order_by().values("pk"))
        if looks_encrypted(words)
        else found
    )


def _encrypted(words: str) -> Q:
    addresses = Address.objects.filter(_addresses(words)).values("recipient")
    documents = _documents(words)
    others = PersonDocument.objects.filter(id_index__in=documents).values("person")
    return Q(person__id_index__in=documents) | Q(person__in=others) | Q(person__recipient__in=addresses)


def _documents(words: str) -> list[bytes]:
    number, today = texts.line(words), timezone.localdate(clocks.now())
    found = []
    for kind in IdType:
        try:
            document = read_document(number, id_type=kind, today=today)
        except IdNumberImpossible:
            continue
        found.append(document_index(document.lifelong))
    return found


def _addresses(words: str) -> Q:
    found = Q(pk__in=[])
    for kind in (AddressKind.PHONE, AddressKind.EMAIL):
        if value := form_of(words, kind=kind):
            found |= Q(kind=kind, index=address_index(kind=kind, value=value))
    return found
