"""Calls the operations on buckets as the OpenAPI document describes them."""

from __future__ import annotations

from harness import MODELS
from openapi_walk import Walk


def buckets(walk: Walk) -> None:
    walk("PUT", "/v1/buckets/{bucket}", 201, "kept")
    walk("PUT", "/v1/buckets/{bucket}", 200, "kept")
    walk("GET", "/v1/buckets", 200)
    model = {"key": "models/a.onnx", "content_type": "application/octet-stream"}
    content = (MODELS / "house-price.onnx").read_bytes()
    walk("PUT", "/v1/buckets/{bucket}/object", 201, "kept", params=model, data=content)
    walk("GET", "/v1/buckets/{bucket}/objects", 200, "kept", params={"prefix": "models/"})
    walk("GET", "/v1/buckets/{bucket}/objects", 200, "kept", params={"delimiter": "/", "limit": 1})
    assert walk("GET", "/v1/buckets/{bucket}/object", 200, "kept", params={"key": model["key"]}) == content
    walk("POST", "/v1/models/{model}/versions", 201, "from-bucket", params={"source": f"s3://kept/{model['key']}"})
    walk("DELETE", "/v1/buckets/{bucket}/object", 200, "kept", params={"key": model["key"]})
    emptied(walk)


def emptied(walk: Walk) -> None:
    """Removes objects by their prefix and all of them, and then the bucket."""
    objects, bucket = "/v1/buckets/{bucket}/objects", "/v1/buckets/{bucket}"
    walk("PUT", bucket, 201, "left")
    for key in ("a/1", "a/2", "b/1"):
        walk("PUT", "/v1/buckets/{bucket}/object", 201, "left", params={"key": key}, data=b"x")
    walk("DELETE", bucket, 409, "left")
    assert walk("DELETE", objects, 200, "left", params={"prefix": "a/"}) == {"removed": 2}
    assert [it["key"] for it in walk("GET", objects, 200, "left")["objects"]] == ["b/1"]
    assert walk("DELETE", objects, 200, "left") == {"removed": 1}
    walk("DELETE", bucket, 200, "left")
    walk("DELETE", bucket, 404, "left")
    walk("DELETE", objects, 404, "left")
