import Definitions
package import Foundation
import Logging
import Platform
import Synchronization

/// An invocation and its response, as a capture stores them.
package struct CapturedInvocation: Sendable {
    package var id: String
    package var inferenceID: String?
    package var contentType: String?
    package var body: [UInt8]
    package var answerType: String
    package var answer: [UInt8]
    package var time = Date()

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

/// Captures requests to endpoints and their responses, and stores them in a bucket.
///
/// An invocation only adds itself to a queue in memory. A background task writes one object per variant every few seconds. The
/// queue is bounded: further invocations are dropped and counted. Invocations still queued when the server is killed are lost.
package final class DataCaptures: Sendable {
    /// The longest time that a captured invocation waits to be written.
    static let interval: Duration = .seconds(5)
    /// Bytes that may be queued; further invocations are dropped.
    private static let capacity = 64 << 20
    /// Bytes above which the queue is written at once.
    private static let enough = 8 << 20

    private struct Key: Hashable {
        var endpoint: String
        var variant: String
    }

    /// The queued invocations of one variant, with the settings of their time: the endpoint may change before they are written.
    private struct Batch {
        var settings: DataCaptureSettings
        var invocations: [CapturedInvocation] = []
    }

    private struct State {
        var settings: [String: DataCaptureSettings] = [:]
        var waiting: [Key: Batch] = [:]
        var byteCount = 0
        var dropped = 0
    }

    private let platform: Platform
    private let logger: Logger
    private let state = Mutex(State())
    /// The number of endpoints that capture. Most servers have none; then an invocation costs only one atomic load.
    private let count = Atomic<Int>(0)
    private let writer = Mutex<Task<Void, Never>?>(nil)

    init(platform: Platform, logger: Logger) {
        self.platform = platform
        self.logger = logger
    }

    /// Sets how an endpoint captures.
    ///
    /// - Parameter config: The endpoint's `DataCaptureConfig`; `nil` stops its capture.
    func set(_ config: JSON?, of endpoint: String) {
        let settings = config.flatMap { try? DataCaptureSettings($0) }.flatMap { $0.isEnabled ? $0 : nil }
        state.withLock {
            $0.settings[endpoint] = settings
            count.store($0.settings.count, ordering: .relaxed)
        }
        guard settings != nil else { return }
        writer.withLock { writer in
            guard writer == nil else { return }
            writer = Task { [weak self] in
                while (try? await Task.sleep(for: Self.interval)) != nil {
                    guard let self else { return }
                    await flush()
                }
            }
        }
    }

    /// Queues an invocation if the endpoint captures and sampling selects it.
    ///
    /// - Parameter invocation: Evaluated only if the invocation is captured.
    package func keep(_ endpoint: String, _ variant: String, _ invocation: @autoclosure () -> CapturedInvocation) {
        guard count.load(ordering: .relaxed) > 0 else { return }
        guard let settings = state.withLock({ $0.settings[endpoint] }), settings.samples() else { return }
        let kept = invocation()
        let isEnough = state.withLock { state in
            let byteCount = kept.body.count + kept.answer.count + 256
            guard state.byteCount + byteCount <= Self.capacity else {
                state.dropped += 1
                return false
            }
            let wasEnough = state.byteCount > Self.enough
            state.byteCount += byteCount
            state.waiting[Key(endpoint: endpoint, variant: variant), default: Batch(settings: settings)].invocations
                .append(kept)
            return !wasEnough && state.byteCount > Self.enough
        }
        if isEnough { Task { await flush() } }
    }

    func close() async {
        writer.withLock { $0?.cancel() }
        await flush()
    }

    /// Writes the queued invocations.
    private func flush() async {
        let (waiting, dropped) = state.withLock { state in
            defer {
                state.waiting = [:]
                state.byteCount = 0
                state.dropped = 0
            }
            return (state.waiting, state.dropped)
        }
        if dropped > 0 {
            logger.warning(
                "Captured invocations dropped because they arrive faster than they can be written",
                metadata: ["count": "\(dropped)"]
            )
        }
        for (key, batch) in waiting {
            let byHour = Dictionary(grouping: batch.invocations) {
                Int(saturating: $0.time.timeIntervalSince1970 / 3600)
            }
            for group in byHour.values {
                do {
                    try await write(group, key, batch.settings)
                } catch {
                    logger.error(
                        "Could not write captured invocations",
                        metadata: ["endpoint": "\(key.endpoint)", "count": "\(group.count)", "error": "\(error)"]
                    )
                }
            }
        }
    }

    private func write(_ invocations: [CapturedInvocation], _ key: Key, _ settings: DataCaptureSettings) async throws {
        guard let first = invocations.first else { return }
        let path = platform.scratchFolder + "/" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await offload {
            var lines = Data()
            for invocation in invocations {
                lines.append(settings.line(of: invocation).encoded)
                lines.append(UInt8(ascii: "\n"))
            }
            try lines.write(to: URL(filePath: path))
        }
        let name = "\(first.time.path)-\(UUID().uuidString.lowercased()).jsonl"
        let uri = settings.destination.appending("\(key.endpoint)/\(key.variant)/\(name)")
        try await platform.putFile(path, at: uri, contentType: "application/jsonlines")
    }
}

/// A parsed `DataCaptureConfig`.
struct DataCaptureSettings: Sendable {
    let isEnabled: Bool
    let destination: ObjectURI
    private let percentage: Int
    private let keepsInput: Bool
    private let keepsOutput: Bool
    private let csvTypes: Set<String>
    private let jsonTypes: Set<String>

    /// - Throws: ``RoostError`` or ``AWSError`` if a member is missing or invalid.
    init(_ config: JSON) throws {
        isEnabled = config["EnableCapture"]?.bool ?? false
        destination = try ObjectURI(try config.required("DestinationS3Uri"), field: "DestinationS3Uri")
        percentage = config["InitialSamplingPercentage"]?.int ?? 100
        guard (0...100).contains(percentage) else {
            throw AWSError.validation("InitialSamplingPercentage is \(percentage); it must be between 0 and 100.")
        }
        let modes = (config["CaptureOptions"]?.array ?? []).compactMap { $0["CaptureMode"]?.string }
        guard !modes.isEmpty else { throw AWSError.missing(["DataCaptureConfig", "CaptureOptions"]) }
        keepsInput = modes.contains("Input") || modes.contains("InputAndOutput")
        keepsOutput = modes.contains("Output") || modes.contains("InputAndOutput")
        let header = config["CaptureContentTypeHeader"]
        func types(_ member: String) -> [String]? { header?[member]?.array?.compactMap(\.string) }
        // Content types that are not listed, even text, are stored in base64.
        csvTypes = Set(types("CsvContentTypes") ?? [])
        jsonTypes = Set(types("JsonContentTypes") ?? [])
    }

    /// Decides at random whether to capture an invocation.
    func samples() -> Bool { percentage >= 100 || Int.random(in: 0..<100) < percentage }

    /// Returns the line that describes an invocation, in AWS's format.
    func line(of invocation: CapturedInvocation) -> JSON {
        .members([
            "captureData": .members([
                "endpointInput": keepsInput ? part("INPUT", invocation.contentType, invocation.body) : nil,
                "endpointOutput": keepsOutput ? part("OUTPUT", invocation.answerType, invocation.answer) : nil,
            ]),
            "eventMetadata": .members([
                "eventId": .string(invocation.id), "inferenceId": invocation.inferenceID.map(JSON.string),
                "inferenceTime": .string(invocation.time.formatted(.iso8601)),
            ]),
            "eventVersion": .string("0"),
        ])
    }

    private func part(_ mode: String, _ contentType: String?, _ bytes: [UInt8]) -> JSON {
        let name = (contentType ?? "").prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
        let isCSV = csvTypes.contains(name) || csvTypes.contains(contentType ?? "")
        let isJSON = jsonTypes.contains(name) || jsonTypes.contains(contentType ?? "")
        let text = isCSV || isJSON ? String(validating: bytes, as: UTF8.self) : nil
        return .members([
            "observedContentType": contentType.map(JSON.string), "mode": .string(mode),
            "data": .string(text ?? Data(bytes).base64EncodedString()),
            "encoding": .string(text == nil ? "BASE64" : isCSV ? "CSV" : "JSON"),
        ])
    }
}

extension Date {
    /// The part of a capture object's key that states the time, such as `2021/02/08/10/05-33-127`.
    fileprivate var path: String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second, .nanosecond], from: self)
        return String(
            format: "%04d/%02d/%02d/%02d/%02d-%02d-%03d",
            parts.year ?? 0,
            parts.month ?? 0,
            parts.day ?? 0,
            parts.hour ?? 0,
            parts.minute ?? 0,
            parts.second ?? 0,
            (parts.nanosecond ?? 0) / 1_000_000
        )
    }
}
