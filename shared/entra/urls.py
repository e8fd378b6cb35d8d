"""Where in Graph is it? URL templates from the SDK's builders, without its typed models.

The models cost 2 s on the first call (microsoft-graph.md §8.3). `msgraph` is imported with the first `GraphUrls`, and
by name: a type checker would read its 33,000 generated files for these few lines.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from kiota_abstractions.method import Method
from kiota_abstractions.request_information import RequestInformation

if TYPE_CHECKING:
    import httpx


class GraphUrls:
    """Requests below one base URL.

    Args:
        base_url: version root without a slash at its end.
        http: only there because the SDK's adapter would otherwise build a client of its own.
    """

    def __init__(self, base_url: str, http: httpx.AsyncClient) -> None:
        self._base_url = base_url
        with warnings.catch_warnings():
            # The generated modules warn of their own classes while they define them; nobody here could act on that.
            warnings.simplefilter("ignore", DeprecationWarning)
            builders = _builders(base_url, http)
            user = builders.users.by_user_id("-")
            self._user: str = user.url_template
            self._check_member_groups: str = user.check_member_groups.url_template
            self._deleted_item: str = builders.directory.deleted_items.by_directory_object_id("-").url_template
            self._subscriptions: str = builders.subscriptions.url_template
            self._subscription: str = builders.subscriptions.by_subscription_id("-").url_template

    def user(self, identity_id: str, *, select: Sequence[str], manager: bool = False) -> RequestInformation:
        request = self._to(Method.GET, self._user, {"user%2Did": identity_id})
        request.query_parameters["%24select"] = list(select)
        if manager:
            request.query_parameters["%24expand"] = ["manager($select=id)"]
        return request

    def groups_of(self, identity_id: str, *, transitive: bool) -> RequestInformation:
        """Ids of the groups that a user is a member of, up to 999: more in one page Graph does not give (§3.3)."""
        relation = "transitiveMemberOf" if transitive else "memberOf"
        template = f"{{+baseurl}}/users/{{id}}/{relation}?$select=id&$top=999"
        return self._to(Method.GET, template, {"id": identity_id})

    def assigned_to(self, service_principal_id: str) -> RequestInformation:
        """Who is assigned to an application; without the SDK's builders, as `synchronization`."""
        template = "{+baseurl}/servicePrincipals/{id}/appRoleAssignedTo?$top=999"
        return self._to(Method.GET, template, {"id": service_principal_id})

    def service_principal(self, service_principal_id: str) -> RequestInformation:
        request = self._to(Method.GET, "{+baseurl}/servicePrincipals/{id}{?%24select}", {"id": service_principal_id})
        request.query_parameters["%24select"] = ["id", "appRoles"]
        return request

    def deleted_item(self, object_id: str) -> RequestInformation:
        return self._to(Method.GET, self._deleted_item, {"directoryObject%2Did": object_id})

    def check_member_groups(self, identity_id: str) -> RequestInformation:
        return self._to(Method.POST, self._check_member_groups, {"user%2Did": identity_id})

    def subscriptions(self, method: Method = Method.GET) -> RequestInformation:
        """Those of this app; with POST, where one is created."""
        return self._to(method, self._subscriptions)

    def subscription(self, subscription_id: str, method: Method = Method.GET) -> RequestInformation:
        return self._to(method, self._subscription, {"subscription%2Did": subscription_id})

    def synchronization(self, service_principal_id: str, below: Sequence[str]) -> RequestInformation:
        """What an application's provisioning job tells: `below` are the path's next parts.

        Without the SDK's builders: they would import the models of all service principals.
        """
        names = [f"part{number}" for number in range(len(below))]
        template = "".join(("{+baseurl}/servicePrincipals/{id}/synchronization", *(f"/{{{name}}}" for name in names)))
        return self._to(Method.GET, template, {"id": service_principal_id, **dict(zip(names, below, strict=True))})

    def batch(self) -> RequestInformation:
        """The SDK's own batch is broken as installed (§8.6)."""
        return self._to(Method.POST, "{+baseurl}/$batch")

    def relative(self, request: RequestInformation) -> str:
        """The request's URL as batch items want it: from the version root on (§4.3)."""
        return request.url.removeprefix(self._base_url)

    def _to(self, method: Method, template: str, path: dict[str, str] | None = None) -> RequestInformation:
        return RequestInformation(method, template, {"baseurl": self._base_url, **(path or {})})


def _builders(base_url: str, http: httpx.AsyncClient) -> Any:
    """The SDK's client, of which only the URLs are used.

    Its authentication is left out: it refuses plain http and makes the scope from the host's name (§8.6).
    """
    from kiota_abstractions.authentication import AnonymousAuthenticationProvider

    msgraph = import_module("msgraph")
    adapter = msgraph.GraphRequestAdapter(AnonymousAuthenticationProvider(), client=http)
    adapter.base_url = base_url
    return msgraph.GraphServiceClient(request_adapter=adapter)
