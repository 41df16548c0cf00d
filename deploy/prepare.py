# SPDX-License-Identifier: EUPL-1.2
"""First step of deploy/compose.yaml: makes bucket and archive where there are none. Repeating is fine."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from archive.settings import S3Settings, load_settings

HOME = Path("/var/lib/longeva/home")
TRIES = 30


def make_bucket(store: S3Settings) -> None:
    """Make the bucket of a store, once its service answers."""
    client = boto3.client(
        "s3",
        endpoint_url=store.endpoint,
        region_name=store.region,
        aws_access_key_id=store.access_key,
        aws_secret_access_key=store.secret_key.get_secret_value(),
        config=Config(s3={"addressing_style": store.addressing}),
    )
    for left in reversed(range(TRIES)):
        try:
            if store.bucket not in {each["Name"] for each in client.list_buckets()["Buckets"]}:
                client.create_bucket(Bucket=store.bucket)
        except (BotoCoreError, ClientError):
            if not left:
                raise
            time.sleep(2)
        else:
            return


def main() -> int:
    """Prepare, and return what `longeva init` does."""
    for store in load_settings(HOME).stores.values():
        if isinstance(store, S3Settings):
            make_bucket(store)
    if (HOME / "longeva.json").exists():
        return 0
    return subprocess.run(["longeva", "init"], check=False).returncode  # noqa: S607 - on the image's path


if __name__ == "__main__":
    sys.exit(main())
