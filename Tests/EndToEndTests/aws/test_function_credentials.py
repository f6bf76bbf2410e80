"""What functions sign their requests with, if the server verifies signatures."""

from __future__ import annotations

import json
from collections.abc import Callable

import boto3
import pytest
from botocore.exceptions import ClientError
from functions import ROLE, archive
from harness import Server
from signed import Signed, make_key

CODE = """
import boto3

def handler(event, context):
    credentials = boto3.Session().get_credentials()
    boto3.client("s3").put_object(Bucket=event["bucket"], Key="from-function", Body=b"hello")
    return [credentials.access_key, credentials.secret_key, credentials.token]
"""


def test_a_function_has_credentials_of_its_own_until_it_is_deleted(start_server: Callable[..., Server]) -> None:
    server = start_server("--verify-signatures")
    account = Signed(server, make_key(server))
    api, s3 = account.client("lambda"), account.client("s3")
    s3.create_bucket(Bucket="function-credentials")
    api.create_function(
        FunctionName="signs",
        Runtime="python3.12",
        Role=ROLE,
        Handler="app.handler",
        Code={"ZipFile": archive({"app.py": CODE})},
        Timeout=60,
        MemorySize=512,
    )
    answer = api.invoke(FunctionName="signs", Payload=json.dumps({"bucket": "function-credentials"}))
    key, secret, token = json.loads(answer["Payload"].read())
    assert key.startswith("ASIA")
    assert s3.get_object(Bucket="function-credentials", Key="from-function")["Body"].read() == b"hello"

    def with_credentials(token: str | None) -> None:
        boto3.client(
            "s3",
            endpoint_url=server.url,
            region_name="us-east-1",
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token,
        ).list_buckets()

    with_credentials(token)
    for wrong in (None, token[:-1] + ("A" if token[-1] != "A" else "B")):
        with pytest.raises(ClientError) as error:
            with_credentials(wrong)
        assert error.value.response["Error"]["Code"] == "InvalidToken"

    api.delete_function(FunctionName="signs")
    with pytest.raises(ClientError) as error:
        with_credentials(token)
    assert error.value.response["Error"]["Code"] == "InvalidAccessKeyId"
