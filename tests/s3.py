"""Enough of S3 for a blob store to be tested: objects, ranges and uploads in parts, over real HTTP, held in memory."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

ACCESS_KEY, SECRET_KEY, BUCKET = "AKTEST", "s3cret-of-the-test", "files"


class Bucket:
    """What the server holds. ``uploads`` are those under way; ``down`` makes it answer 503 to everything."""

    def __init__(self) -> None:
        self.url = ""
        self.objects: dict[str, bytes] = {}
        self.uploads: dict[str, dict[int, bytes]] = {}
        self.aborted: list[str] = []
        self.down = False


@contextmanager
def bucket() -> Iterator[Bucket]:
    held = Bucket()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"bucket": held}))
    held.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield held
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    bucket: Bucket

    def log_message(self, *_: Any) -> None:
        """Quiet."""

    def _asked(self) -> tuple[str, dict[str, str], bytes] | None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        signed = f"Credential={ACCESS_KEY}/" in self.headers.get("authorization", "")
        if self.bucket.down or not signed:
            self._say(503 if self.bucket.down else 403)
            return None
        parts = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(parts.query, keep_blank_values=True).items()}
        assert parts.path.startswith(f"/{BUCKET}/"), parts.path
        return parts.path.removeprefix(f"/{BUCKET}/"), query, body

    def do_PUT(self) -> None:
        if asked := self._asked():
            key, query, body = asked
            if "uploadId" in query:
                self.bucket.uploads[query["uploadId"]][int(query["partNumber"])] = body
            else:
                self.bucket.objects[key] = body
            self._say(200, etag='"x"')

    def do_POST(self) -> None:
        if asked := self._asked():
            key, query, _ = asked
            if "uploads" in query:
                upload_id = f"up{len(self.bucket.uploads)}"
                self.bucket.uploads[upload_id] = {}
                inside = f"<Bucket>{BUCKET}</Bucket><Key>{key}</Key><UploadId>{upload_id}</UploadId>"
                self._say(200, f"<InitiateMultipartUploadResult>{inside}</InitiateMultipartUploadResult>".encode())
            else:
                parts = self.bucket.uploads.pop(query["uploadId"])
                self.bucket.objects[key] = b"".join(parts[number] for number in sorted(parts))
                inside = f"<Bucket>{BUCKET}</Bucket><Key>{key}</Key><ETag>x</ETag>"
                self._say(200, f"<CompleteMultipartUploadResult>{inside}</CompleteMultipartUploadResult>".encode())

    def do_GET(self) -> None:
        if asked := self._asked():
            found = self.bucket.objects.get(asked[0])
            if found is None:
                self._say(404, b"<Error><Code>NoSuchKey</Code></Error>")
                return
            match = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("range", ""))
            if match is None:
                self._say(200, found, etag='"x"')
                return
            start, end = int(match[1]), min(int(match[2] or len(found)), len(found) - 1)
            self._say(206, found[start : end + 1], etag='"x"', content_range=f"bytes {start}-{end}/{len(found)}")

    do_HEAD = do_GET

    def do_DELETE(self) -> None:
        if asked := self._asked():
            key, query, _ = asked
            if "uploadId" in query:
                self.bucket.aborted.append(query["uploadId"])
                self.bucket.uploads.pop(query["uploadId"], None)
            else:
                self.bucket.objects.pop(key, None)
            self._say(204)

    def _say(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("last-modified", "Sun, 22 Nov 2026 00:00:00 GMT")
        if status != 204:
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
