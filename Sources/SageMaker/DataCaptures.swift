package import Logging
package import Platform

/// Requests and answers that endpoints keep for their users in a bucket.
package final class DataCaptures: Sendable {
    init(platform: Platform, logger: Logger) {}

    /// - Parameter config: The endpoint's `DataCaptureConfig`; `nil` ends its capture.
    func set(_ config: JSON?, of endpoint: String) {}

    func close() async {}
}

enum DataCaptureSettings {
    static func check(_ config: JSON) throws {}
}
