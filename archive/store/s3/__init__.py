# SPDX-License-Identifier: EUPL-1.2
"""A store in a bucket of an S3 service, through boto3 (the extra `engines`).

`store` is the ObjectStore; below it, each in its own module: the connection (`client`, `bucket`), the words
for what services answer (`words`), what waits for `sync` (`spool`), how it goes up (`uploads`, `multipart`),
how it is read and listed (`reading`, `listing`), and the locks that are proven before anything is written
(`locks`). `probe` asks a service what it enforces, for `longeva store check`. docs/engines/s3.md.
"""
