"""What is sent in all benchmarks: the same words, as long as an outage's are."""

TITLE = {
    "en": "Planned work on web servers on Sunday night",
    "pl": "Planowane prace na serwerach WWW w nocy z soboty na niedzielę",
}
BODY = {
    "en": "Your sites may not answer between 01:00 and 03:00. E-mail keeps working. "
    "The page behind this has the details and a list of the servers.",
    "pl": "Twoje strony mogą nie odpowiadać od 01:00 do 03:00. Poczta działa bez zmian. "
    "Szczegóły i listę serwerów znajdziesz na stronie.",
}
URL = "/outages/2026-11-29/"

#: The same for one account: the number differs in each.
INVOICE_TITLE = {"en": "New invoice {number}", "pl": "Nowa faktura {number}"}
INVOICE_BODY = {
    "en": "Invoice {number} over {amount} is due in 14 days.",
    "pl": "Faktura {number} na kwotę {amount} jest płatna w ciągu 14 dni.",
}
INVOICE_URL = "/invoices/{number}/"
