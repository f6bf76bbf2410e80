import Catalog
package import Definitions

extension BucketService {
    /// Returns the document of a bucket's setting; `nil` if the bucket or the setting does not exist.
    package func setting(_ setting: BucketSetting, of bucket: String) async throws -> String? {
        try await catalog.setting(setting, of: bucket)
    }

    /// Writes the document of a setting. Returns `false` if the bucket does not exist.
    package func putSetting(_ setting: BucketSetting, _ document: String, of bucket: String) async throws -> Bool {
        try await catalog.putSetting(setting, document, of: bucket)
    }

    /// Removes a setting, if it exists.
    package func removeSetting(_ setting: BucketSetting, of bucket: String) async throws {
        try await catalog.removeSetting(setting, of: bucket)
    }
}
