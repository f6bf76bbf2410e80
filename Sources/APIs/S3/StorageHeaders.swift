import AWS
import Definitions

/// How a request wants its object to be stored: its class and its encryption. Both are kept and given back. All objects are stored in
/// the same way, and not encrypted.
enum StorageHeaders {
    private static let storageClass = "x-amz-storage-class"
    private static let encryption = "x-amz-server-side-encryption"
    private static let classes: Set<String> = [
        "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER", "GLACIER_IR",
        "DEEP_ARCHIVE",
        "EXPRESS_ONEZONE",
    ]

    /// Returns the headers for the object that a request creates.
    static func headers(of request: S3Request) throws(AWSError) -> [String: String] {
        var kept: [String: String] = [:]
        if let name = request.headers[storageClass], name != "STANDARD" {
            guard classes.contains(name) else {
                throw AWSError("InvalidStorageClass", "The storage class you specified is not valid")
            }
            kept[storageClass] = name
        }
        if let algorithm = request.headers[encryption] {
            guard ["AES256", "aws:kms", "aws:kms:dsse"].contains(algorithm) else {
                throw AWSError("InvalidArgument", "The encryption method specified is not supported")
            }
            kept[encryption] = algorithm
            for name in ["-aws-kms-key-id", "-bucket-key-enabled"] {
                kept[encryption + name] = request.headers[encryption + name]
            }
        }
        return kept
    }

    static func contains(_ header: String) -> Bool { header == storageClass || header.hasPrefix(encryption) }

    /// Returns the headers of the response to a request that creates an object.
    static func response(_ headers: [String: String]) -> [(String, String)] {
        headers.filter { $0.key.hasPrefix(encryption) }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// Returns the class of an object or an upload.
    static func storageClass(_ headers: [String: String]) -> String { headers[storageClass] ?? "STANDARD" }
}

extension ObjectRecord {
    var storageClass: String { StorageHeaders.storageClass(headers) }
}
