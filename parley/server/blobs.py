"""The blob store that the settings name."""

from __future__ import annotations

from pathlib import Path

from ..store.blobs import Blobs
from ..store.blobs.folder import Folder
from .config import Config


def open_blobs(settings: Config) -> Blobs:
    """A bucket where one is named, else a folder; asks neither."""
    if not settings.s3_bucket:
        return Folder(Path(settings.blob_folder) if settings.blob_folder else Path(settings.data) / "blobs")
    from ..store.blobs.s3 import S3, Bucket

    keys = {"access_key": settings.s3_access_key, "secret_key": settings.s3_secret_key}
    return S3(Bucket(settings.s3_bucket, settings.s3_endpoint, settings.s3_region, **keys))
