import Encodings

/// The hashes of keys' values that the log keeps in place of the values.
package enum InferenceKey {
    package static func salt(pipeline: String, key: String) -> UInt64 { StableHash.fnv1a("\(pipeline)/key/\(key)") }

    package static func hash(_ value: String, pipeline: String, key: String) -> UInt64 {
        StableHash.hash(value, salt: salt(pipeline: pipeline, key: key))
    }
}
