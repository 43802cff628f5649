"""A small Hub on loopback, for the real ``huggingface_hub`` client.

Speaks what the client speaks for repositories of every kind: create, info, tree (in pages), preupload, LFS uploads,
commit, resolve with redirects, ETags and ranges, and (for Spaces) takes whatever is posted and keeps it. Repositories
are plain dicts of bytes. Every request is kept in ``requests``, so a test can tell what was asked and what was not.
Children need ``environment`` of the stand-in.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "hf_stand_in_token"
PAGE = 3
"""Entries of one page of a tree: small, so that every test reads several."""
LFS_ENDINGS = (".parquet", ".gz", ".zip", ".safetensors", ".bin")


@dataclass
class Repository:
    """One repository: its newest state."""

    kind: str
    name: str
    private: bool = False
    gated: bool = False
    files: dict[str, bytes] = field(default_factory=dict)
    created: dict[str, Any] = field(default_factory=dict)
    """What the client asked for when it created it (``sdk``, ``visibility`` …)."""
    commits: list[str] = field(default_factory=list)
    """Titles of the commits, oldest first."""
    posted: list[tuple[str, Any]] = field(default_factory=list)
    """(what, body) of everything else posted to it: a Space's secrets, variables, hardware."""

    @property
    def revision(self) -> str:
        """A hash of the state."""
        return hashlib.sha1(repr((self.name, sorted(self.files.items()), self.commits)).encode()).hexdigest()


@dataclass(frozen=True)
class Request:
    """One request as it came in."""

    method: str
    path: str
    authorised: bool


class HubStandIn:
    """Serves from a thread until ``close``; also a context manager."""

    def __init__(self) -> None:
        self.repositories: dict[tuple[str, str], Repository] = {}
        self.blobs: dict[str, bytes] = {}
        self.requests: list[Request] = []
        self.cut_after: int | None = None
        """The next download of a large file breaks off after so many bytes."""
        self.refusals: list[tuple[str, int]] = []
        """(end of a path, status): the next request there is refused so, once; with 0 the connection is cut."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self.storage = f"http://localhost:{self._server.server_port}/blobs"
        """Large files lie on another host, as a real Hub's do: the client must not send its token there."""
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def __enter__(self) -> HubStandIn:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def environment(self) -> dict[str, str]:
        """What a child process needs to speak with this Hub and no other."""
        return {
            "HF_ENDPOINT": self.address,
            "HF_TOKEN": TOKEN,
            "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_OFFLINE": "0",
        }

    def add(self, kind: str, name: str, files: dict[str, bytes], **state: bool) -> Repository:
        """Put a repository there."""
        made = self.repositories[kind, name] = Repository(kind, name, files=dict(files), **state)
        return made

    def repository(self, kind: str, name: str) -> Repository:
        """The repository as it stands."""
        return self.repositories[kind, name]


def _handler(hub: HubStandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(_Handler):
        pass

    Handler.hub = hub
    return Handler


class _Handler(BaseHTTPRequestHandler):
    hub: ClassVar[HubStandIn]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    """Head and body are sent apart: each reply would wait some 40 ms for the acknowledgement of its head."""

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._serve()

    def do_HEAD(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def _serve(self) -> None:
        self.query = parse_qs(urlsplit(self.path).query)
        path = unquote(urlsplit(self.path).path)
        self.authorised = self.headers.get("authorization") == f"Bearer {TOKEN}"
        self.hub.requests.append(Request(self.command, path, self.authorised))
        self.body = self.rfile.read(int(self.headers.get("content-length") or 0))
        parts = path.strip("/").split("/")
        if refusal := next((one for one in self.hub.refusals if path.endswith(one[0])), None):
            self.hub.refusals.remove(refusal)
            self._refuse(refusal[1])
        elif parts[0] == "blobs":
            self._blob(parts[1])
        elif parts[:3] == ["api", "repos", "create"]:
            self._create()
        elif parts[:2] == ["api", "validate-yaml"]:
            self._json({"errors": [], "warnings": []})
        elif parts[:2] == ["api", "buckets"]:
            self._bucket("/".join(parts[2:4]))
        elif parts[:2] == ["api", "whoami-v2"]:
            self._json({"name": "stand-in", "type": "user", "orgs": []}, 200 if self.authorised else 401)
        elif "info" in parts and parts[-3:] == ["lfs", "objects", "batch"]:
            self._batch()
        elif parts[0] == "api":
            self._api(parts[1].removesuffix("s"), "/".join(parts[2:4]), parts[4:])
        else:
            kind = parts.pop(0).removesuffix("s") if parts[0] in {"datasets", "spaces"} else "model"
            self._resolve(kind, "/".join(parts[:2]), parts[2:])

    def _refuse(self, status: int) -> None:
        if status:
            self._json({"error": f"Refused with {status}"}, status)
        else:
            self.close_connection = True

    def _found(self, kind: str, name: str) -> Repository | None:
        found = self.hub.repositories.get((kind, name))
        if found is None or (found.private and not self.authorised):
            self._json({"error": "Repository not found"}, 404 if self.authorised else 401, code="RepoNotFound")
            return None
        if found.gated and not self.authorised:
            self._json({"error": "Access is restricted"}, 403, code="GatedRepo")
            return None
        return found

    def _create(self) -> None:
        asked = json.loads(self.body)
        kind, name = asked.get("type") or "model", f"{asked['organization']}/{asked['name']}"
        if not self.authorised:
            self._json({"error": "Invalid user token"}, 401)
            return
        url = f"{self.hub.address}/{'' if kind == 'model' else kind + 's/'}{name}"
        if (kind, name) in self.hub.repositories:
            self._json({"error": "You already created this repo", "url": url}, 409)
            return
        made = self.hub.add(kind, name, {".gitattributes": b""}, private=asked.get("visibility") == "private")
        made.created = asked
        self._json({"url": url})

    def _bucket(self, name: str) -> None:
        if ("bucket", name) in self.hub.repositories:
            self._json({"error": "exists", "url": f"{self.hub.address}/buckets/{name}"}, 409)
            return
        asked = json.loads(self.body)
        if not self.authorised:
            self._json({"error": "Invalid user token"}, 401)
            return
        self.hub.add("bucket", name, {}, private=asked.get("visibility") == "private")
        self._json({"url": f"{self.hub.address}/buckets/{name}"})

    def _api(self, kind: str, name: str, rest: list[str]) -> None:
        found = self._found(kind, name)
        if found is None:
            return
        what, revision = (rest[0] if rest else "info"), (rest[1] if len(rest) > 1 else "main")
        if what in {"info", "revision"} and self.command == "GET":
            if revision in {"main", found.revision}:
                self._info(found)
            else:
                self._json({"error": "Invalid rev id"}, 404, code="RevisionNotFound")
        elif what == "tree":
            self._tree(found, "/".join(rest[2:]))
        elif what == "preupload":
            files = json.loads(self.body)["files"]
            answer = [{"path": f["path"], "uploadMode": _mode(f["path"]), "shouldIgnore": False} for f in files]
            self._json({"files": answer})
        elif what == "commit":
            self._commit(found)
        else:
            found.posted.append((what, json.loads(self.body or b"null")))
            self._json({"stage": "BUILDING"} if what == "hardware" else {})

    def _info(self, found: Repository) -> None:
        self._json(
            {
                "_id": "1",
                "id": found.name,
                "sha": found.revision,
                "private": found.private,
                "gated": found.gated,
                "downloads": 0,
                "likes": 0,
                "tags": [],
                "siblings": [{"rfilename": path} for path in found.files],
            }
        )

    def _tree(self, found: Repository, below: str) -> None:
        names = [name for name in sorted(found.files) if name.startswith(below)]
        start = int(self.query.get("cursor", ["0"])[0])
        entries = []
        for name in names[start : start + PAGE]:
            data = found.files[name]
            entry: dict[str, Any] = {"type": "file", "path": name, "size": len(data), "oid": _oid(data)}
            if _mode(name) == "lfs":
                entry["lfs"] = {"oid": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 130}
            entries.append(entry)
        headers = {}
        if start + PAGE < len(names):
            page = f"{self.hub.address}{urlsplit(self.path).path}?recursive=True&cursor={start + PAGE}"
            headers["Link"] = f'<{page}>; rel="next"'
        self._json(entries, **headers)

    def _batch(self) -> None:
        objects = [
            {**wanted, "actions": {"upload": {"href": f"{self.hub.storage}/{wanted['oid']}"}}}
            for wanted in json.loads(self.body)["objects"]
        ]
        self._json({"transfer": "basic", "objects": objects})

    def _commit(self, found: Repository) -> None:
        if not self.authorised:
            self._json({"error": "Forbidden"}, 403)
            return
        for line in self.body.splitlines():
            key, value = (parsed := json.loads(line))["key"], parsed["value"]
            if key == "header":
                found.commits.append(value["summary"])
            elif key == "file":
                found.files[value["path"]] = base64.b64decode(value["content"])
            elif key == "lfsFile":
                found.files[value["path"]] = self.hub.blobs[value["oid"]]
            elif key == "deletedFile":
                del found.files[value["path"]]
        url = f"{self.hub.address}/{found.name}/commit/{found.revision}"
        self._json({"commitUrl": url, "commitOid": found.revision, "success": True})

    def _resolve(self, kind: str, name: str, rest: list[str]) -> None:
        found = self._found(kind, name)
        if found is None:
            return
        path = "/".join(rest[2:])
        if path not in found.files:
            self._json({"error": "Entry not found"}, 404, code="EntryNotFound")
            return
        data, commit = found.files[path], {"X-Repo-Commit": found.revision}
        if _mode(path) == "lfs":
            digest = hashlib.sha256(data).hexdigest()
            self.hub.blobs[digest] = data
            linked = {"X-Linked-Etag": f'"{digest}"', "X-Linked-Size": str(len(data))}
            self._send(302, b"", Location=f"{self.hub.storage}/{digest}", **linked, **commit)
        else:
            self._send(200, data, ETag=f'"{_oid(data)}"', **commit)

    def _blob(self, digest: str) -> None:
        """A large file's bytes: taken, or given whole, from a place on, or cut off when a test wants it."""
        if self.command == "PUT":
            self.hub.blobs[digest] = self.body
            self._send(200, b"")
            return
        data = self.hub.blobs[digest]
        start = int((self.headers.get("range") or "bytes=0-").removeprefix("bytes=").split("-")[0])
        cut, self.hub.cut_after = self.hub.cut_after, None
        headers = {"ETag": f'"{digest}"'}
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        self._send(206 if start else 200, data[start:], cut=cut, **headers)

    def _json(self, value: Any, status: int = 200, code: str = "", **headers: str) -> None:
        if code:
            headers |= {"X-Error-Code": code, "X-Error-Message": code}
        self._send(status, json.dumps(value).encode(), **{"Content-Type": "application/json", **headers})

    def _send(self, status: int, data: bytes, cut: int | None = None, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data[:cut])
        if cut is not None:
            self.close_connection = True


def _mode(path: str) -> str:
    return "lfs" if path.endswith(LFS_ENDINGS) else "regular"


def _oid(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
