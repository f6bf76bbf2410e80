import AWS
import Buckets
import Definitions
import Foundation

// What the operations on a bucket's settings share.
extension S3Service {
    /// Writes a setting of the bucket that a request names.
    func keep(_ document: String, as setting: BucketSetting, _ request: S3Request) async throws {
        guard try await buckets.putSetting(setting, document, of: request.bucket) else { throw Self.noBucket() }
    }

    /// Writes a setting of the bucket that a request names, as JSON.
    func keepJSON(_ value: some Encodable, as setting: BucketSetting, _ request: S3Request) async throws {
        let document = try JSONEncoder().encode(value)
        try await keep(String(decoding: document, as: UTF8.self), as: setting, request)
    }

    /// Returns a setting that was written as JSON; `nil` if the bucket or the setting does not exist.
    func kept<Value: Decodable>(_ setting: BucketSetting, of bucket: String, as type: Value.Type) async throws -> Value?
    {
        try await buckets.setting(setting, of: bucket)
            .map { try JSONDecoder().decode(type, from: Data($0.utf8)) }
    }

    /// Returns a setting of the bucket that a request names, and throws `missing` if it has none.
    func kept<Value: Decodable>(
        _ setting: BucketSetting,
        _ request: S3Request,
        as type: Value.Type,
        orElse missing: AWSError
    ) async throws -> Value {
        try await bucket(request)
        guard let value = try await kept(setting, of: request.bucket, as: type) else { throw missing }
        return value
    }

    /// Removes a setting of the bucket that a request names.
    func removeSetting(_ setting: BucketSetting, _ request: S3Request) async throws -> S3Response {
        try await bucket(request)
        try await buckets.removeSetting(setting, of: request.bucket)
        return S3Response(status: 204)
    }
}
