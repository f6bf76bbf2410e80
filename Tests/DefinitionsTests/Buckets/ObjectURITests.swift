import Definitions
import Testing

@Suite("URIs of objects")
struct ObjectURITests {
    @Test(
        "each form that AWS has used names the same object",
        arguments: [
            "s3://data/houses/train.csv",
            "https://s3.amazonaws.com/data/houses/train.csv",
            "https://s3.eu-west-1.amazonaws.com/data/houses/train.csv",
            "https://s3-eu-west-1.amazonaws.com/data/houses/train.csv",
            "https://data.s3.amazonaws.com/houses/train.csv",
            "https://data.s3.eu-west-1.amazonaws.com/houses/train.csv",
            "https://data.s3-eu-west-1.amazonaws.com/houses/train.csv",
        ]
    )
    func object(text: String) throws {
        let uri = try ObjectURI(text, field: "S3Uri")
        #expect(uri == ObjectURI(bucket: "data", key: "houses/train.csv"))
        #expect(uri.description == "s3://data/houses/train.csv")
    }

    @Test(
        "a bucket may be named without a key, and have dots",
        arguments: [
            ("s3://data", "data"), ("s3://data/", "data"), ("https://s3-us-east-1.amazonaws.com/data", "data"),
            ("https://my.data.s3.amazonaws.com", "my.data"), ("https://s3.s3.amazonaws.com/", "s3"),
        ]
    )
    func bucket(text: String, bucket: String) throws {
        #expect(try ObjectURI(text, field: "S3Uri") == ObjectURI(bucket: bucket, key: ""))
    }

    @Test(
        "anything else is refused with the field's name",
        arguments: [
            "", "s3://", "s3:///key", "data/key", "http://s3.amazonaws.com/data/key", "https://s3.amazonaws.com/",
            "https://s3.amazonaws.com//key", "https://example.com/data/key", "https://amazonaws.com/data/key",
            "https://.amazonaws.com/data/key", "https://logs.us-east-1.amazonaws.com/data/key",
            "https://data.s3-website-us-east-1.amazonaws.com/key", "https://s3.amazonaws.com.example.com/data/key",
        ]
    )
    func refused(text: String) {
        let error = #expect(throws: RoostError.self) { try ObjectURI(text, field: "S3Uri") }
        #expect(error?.field == "S3Uri")
        #expect(error?.message.contains("Expected s3://BUCKET/KEY.") == true)
    }
}
