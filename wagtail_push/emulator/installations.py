"""Firebase Installations: which browser profile is asking.

The REST interface behind https://firebase.google.com/docs/projects/manage-installations
as the JavaScript SDK (``@firebase/installations``) uses it.
"""

import re
import secrets

from aiohttp import web

from wagtail_push.emulator.store import Store
from wagtail_push.emulator.wire import GoogleError, invalid, read_object, take


BASE = "/firebaseinstallations.googleapis.com/v1/projects/{project}/installations"
# As in the JavaScript SDK: 17 bytes, whose first four bits are 0111.
FID = re.compile(r"[cdef][\w-]{21}", re.ASCII)
PROJECT = re.compile(r"[\w.:-]{1,100}", re.ASCII)
AUTH_TOKEN = re.compile(r"FIS fis\.([cdef][\w-]{21})\.[\w-]+", re.ASCII)
LIFETIME = "604800s"


def project_of(request: web.Request) -> str:
    """Return the project in the path of ``request``."""
    project = request.match_info["project"]
    if not PROJECT.fullmatch(project):
        raise invalid("The project in the path is malformed.")
    return project


class Installations:
    """Issue installation IDs (FIDs) and the tokens that prove them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def routes(self) -> list[web.RouteDef]:
        """Return what is answered here."""
        return [
            web.post(BASE, self.create),
            web.post(BASE + "/{fid}/authTokens:generate", self.generate),
            web.delete(BASE + "/{fid}", self.delete),
        ]

    async def create(self, request: web.Request) -> web.Response:
        """Answer ``installations.create``: keep the FID that the browser made up."""
        project = project_of(request)
        body = await read_object(request)
        fid = take(body, "fid", str)
        take(body, "appId", str)
        if not FID.fullmatch(fid):
            raise invalid("fid is not a Firebase installation ID.")
        refresh_token = f"refresh.{secrets.token_urlsafe(24)}"
        self._store.execute(
            "INSERT OR REPLACE INTO installations VALUES (?, ?, ?, 0)",
            (project, fid, refresh_token),
        )
        return web.json_response(
            {
                "name": f"projects/{project}/installations/{fid}",
                "fid": fid,
                "refreshToken": refresh_token,
                "authToken": _auth_token(fid),
            }
        )

    async def generate(self, request: web.Request) -> web.Response:
        """Answer ``authTokens:generate``: a fresh token for a known installation."""
        fid = self._owner(request)
        await read_object(request)
        return web.json_response(_auth_token(fid))

    async def delete(self, request: web.Request) -> web.Response:
        """Answer ``installations.delete``, which ends its registrations too."""
        fid = self._owner(request)
        project = project_of(request)
        with self._store.transaction():
            self._store.execute(
                "UPDATE installations SET deleted = 1 WHERE project = ? AND fid = ?",
                (project, fid),
            )
            self._store.execute(
                "UPDATE registrations SET alive = 0 WHERE project = ? AND fid = ?",
                (project, fid),
            )
        return web.json_response({})

    def _owner(self, request: web.Request) -> str:
        project, fid = project_of(request), request.match_info["fid"]
        row = self._store.execute(
            "SELECT refresh_token FROM installations"
            " WHERE project = ? AND fid = ? AND NOT deleted",
            (project, fid),
        ).fetchone()
        if row is None:
            raise GoogleError(404, "NOT_FOUND", "Requested entity was not found.")
        expected = f"FIS_v2 {row['refresh_token']}"
        given = request.headers.get("Authorization", "")
        if not secrets.compare_digest(given.encode(), expected.encode()):
            raise GoogleError(401, "UNAUTHENTICATED", "The refresh token is wrong.")
        return fid

    def authenticate(self, request: web.Request) -> str:
        """Return the FID that ``request`` proves.

        A token of an installation that this state has never seen is believed:
        Google does not forget an installation because the emulator was started
        with an empty state folder.
        """
        header = request.headers.get("x-goog-firebase-installations-auth", "")
        token = AUTH_TOKEN.fullmatch(header)
        if token is None:
            raise _unauthenticated()
        fid = token[1]
        row = self._store.execute(
            "SELECT deleted FROM installations WHERE project = ? AND fid = ?",
            (project_of(request), fid),
        ).fetchone()
        if row is not None and row["deleted"]:
            raise _unauthenticated()
        return fid


def _auth_token(fid: str) -> dict[str, str]:
    token = f"fis.{fid}.{secrets.token_urlsafe(24)}"
    return {"token": token, "expiresIn": LIFETIME}


def _unauthenticated() -> GoogleError:
    return GoogleError(
        401,
        "UNAUTHENTICATED",
        "Request had invalid authentication credentials: x-goog-firebase-"
        "installations-auth must hold the installation's token.",
    )
