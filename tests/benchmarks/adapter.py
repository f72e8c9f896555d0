"""The example site's customers, all of whom a broadcast is for."""

from example_site.portal.accounts import CustomerAccounts


class AllCustomers(CustomerAccounts):
    """Whether a login may act is asked of the portal's tables, for a page at once."""

    def everyone(self) -> None:
        """Return None: a broadcast is for all that have a browser."""
