#!/usr/bin/env python3
"""upload.py ENDPOINT BUCKET PREFIX FOLDER: puts a folder's files into a test S3 server, replacing what is there."""

import sys
from pathlib import Path

import boto3

endpoint, bucket, prefix, folder = sys.argv[1:]
s3 = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="test",
                  aws_secret_access_key="test")
if bucket not in [known["Name"] for known in s3.list_buckets()["Buckets"]]:
    s3.create_bucket(Bucket=bucket)
for file in sorted(Path(folder).iterdir()):
    s3.upload_file(str(file), bucket, f"{prefix}/{file.name}")
