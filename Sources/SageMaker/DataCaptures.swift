package import Logging
package import Platform

/// Requests and answers that endpoints keep for their users in a bucket.
package final class DataCaptures: Sendable {
    init(platform: Platform, logger: Logger) {}

    /// - Parameter config: The endpoint's `DataCaptureConfig`; `nil` ends its capture.
    func set(_ config: JSON?, of endpoint: String) {}

    /// - Parameter invocation: Made only where it is kept.
    package func keep(_ endpoint: String, _ variant: String, _ invocation: @autoclosure () -> CapturedInvocation) {}

    func close() async {}
}

/// An invocation and its answer, as a capture keeps them.
package struct CapturedInvocation: Sendable {
    package var id: String
    package var inferenceID: String?
    package var contentType: String?
    package var body: [UInt8]
    package var answerType: String
    package var answer: [UInt8]

    package init(
        id: String,
        inferenceID: String?,
        contentType: String?,
        body: [UInt8],
        answerType: String,
        answer: [UInt8]
    ) {
        self.id = id
        self.inferenceID = inferenceID
        self.contentType = contentType
        self.body = body
        self.answerType = answerType
        self.answer = answer
    }
}

enum DataCaptureSettings {
    static func check(_ config: JSON) throws {}
}
