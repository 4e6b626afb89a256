"""Staff: the list, one account, what may be done with it, the import."""

from django.urls import path

from branches.views import delegations, staff, staff_import, staff_links

urlpatterns = [
    path("", staff.index, name="staff"),
    path("invite/", staff.invite_staff, name="staff_invite"),
    path("import/", staff_import.look, name="staff_import"),
    path("import/run/", staff_import.run, name="staff_import_run"),
    path("<int:pk>/", staff.detail, name="staff_member"),
    path("<int:pk>/grant/", staff.grant, name="staff_grant"),
    path("<int:pk>/delegate/", delegations.delegate_rights, name="staff_delegate"),
    path("<int:pk>/address/", staff_links.contact, name="staff_contact"),
    path("<int:pk>/link/", staff_links.link, name="staff_link"),
    path("roles/<int:pk>/end/", staff.end, name="staff_end"),
    path("delegations/<int:pk>/end/", delegations.revoke, name="staff_revoke_delegation"),
]
