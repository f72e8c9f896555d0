"""The bodies of requests: JSON, and no more of it than anybody needs."""

from io import BytesIO
from typing import Any

from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser


#: Bytes of a body, at most. The largest that the page posts is a target of 4096
#: letters with a choice for each scope.
MOST_BYTES = 64 * 1024


class TooLarge(APIException):
    """More than is read at all."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"


class BodyParser(JSONParser):
    """Reads JSON up to a size and a depth.

    REST framework reads from the connection itself, so that Django's
    ``DATA_UPLOAD_MAX_MEMORY_SIZE`` does not count.
    """

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Any = None,
    ) -> Any:
        """Return what the body says.

        :raises TooLarge: when there is more than ``MOST_BYTES``.
        :raises ParseError: when it is no JSON, or nested deeper than Python goes.
        """
        body = stream.read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            raise TooLarge
        try:
            # JSON is UTF-8 (RFC 8259, 8.1), whatever encoding the header names.
            return super().parse(BytesIO(body), media_type)
        except RecursionError:
            raise ParseError from None
