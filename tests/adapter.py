"""An adapter for tests: a login may act for every account but the revoked ones."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.http import HttpRequest

from wagtail_push.accounts import AccountAdapter, LoginAndKey


class OpenAccounts(AccountAdapter):
    """The account stands in a request header; ``revoked`` pairs may not act."""

    revoked: set[LoginAndKey] = set()
    keys: list[str] | None = None
    named: Mapping[str, list[str]] = {}

    def current(self, request: HttpRequest) -> str | None:
        return request.headers.get("X-Account", "C-1")

    def key(self, account: Any) -> str:
        return str(account)

    def label(self, key: str) -> str:
        return f"Customer {key}"

    def language(self, key: str) -> str:
        return "pl" if key == "C-PL" else ""

    def allowed(self, pairs: Collection[LoginAndKey]) -> set[LoginAndKey]:
        return set(pairs) - self.revoked

    def everyone(self) -> Iterable[str] | None:
        return self.keys

    def audiences(self) -> dict[str, str]:
        return {name: name.title() for name in self.named}

    def audience(self, name: str) -> Iterable[str]:
        return self.named[name]

    def link(self, url: str, key: str) -> str:
        return f"/account/{key}/?next={url}"
