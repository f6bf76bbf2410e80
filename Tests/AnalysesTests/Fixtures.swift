import Buckets
import Catalog
import DataFolder
import Definitions
import Endpoints
import Foundation
import Logging
import Platform
import Programs
import Runtimes
import Synchronization
import TestSupport

@testable import Analyses

/// The time of records, which only a test moves.
final class WallClock: Sendable {
    private let time: Mutex<Date>

    init(_ text: String) { time = Mutex(at(text)) }

    var now: Date { time.withLock { $0 } }

    func set(_ text: String) { time.withLock { $0 = at(text) } }
}

/// A data folder with the bucket `b` and the endpoint `e`, which captures to `s3://b/captures`.
struct Site {
    let folder: DataFolder
    let catalog: Catalog
    let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    let clock: ManualClock
    let wall: WallClock

    /// Returns services as a server that starts has them.
    func services() -> (analyses: AnalysisService, schedules: MonitoringScheduleService) {
        let analyses = AnalysisService(
            catalog: catalog,
            platform: folder.platform,
            endpoints: folder.endpoints,
            logger: logger,
            clock: clock,
            now: { [wall] in wall.now }
        )
        let schedules = MonitoringScheduleService(
            catalog: catalog,
            analyses: analyses,
            events: folder.events,
            logger: logger,
            clock: clock,
            now: { [wall] in wall.now }
        )
        return (analyses, schedules)
    }

    func put(_ key: String, _ text: String) async throws {
        try await folder.buckets.put(
            Array(text.utf8),
            at: ObjectURI(bucket: "b", key: key),
            contentType: "text/plain",
            modifiedAt: wall.now
        )
    }

    /// Stores what the endpoint captured at a time: rows of CSV, each with an answer.
    func capture(_ time: String, _ rows: [String], answers: [String]) async throws {
        let lines = zip(rows, answers).map { row, answer in
            #"{"captureData":{"endpointInput":{"data":"\#(row)","encoding":"CSV"},"endpointOutput":"#
                + #"{"data":"\#(answer)","encoding":"CSV"}},"eventMetadata":{"eventId":"\#(row)","inferenceTime":"\#(time)"}}"#
        }
        let hour = HourlyObjects.path(of: at(time))
        try await put("captures/e/main/\(hour)/\(time).jsonl", lines.joined(separator: "\n"))
    }

    /// Returns an object's text; `nil` if there is none.
    func text(_ key: String) async throws -> String? {
        guard let object = try await folder.buckets.object(at: ObjectURI(bucket: "b", key: key)) else { return nil }
        return try folder.buckets.mappedBytes(of: object).map { String(decoding: $0, as: UTF8.self) }
    }
}

func withSite(_ clock: ManualClock, _ wall: WallClock, _ body: (Site) async throws -> Void) async throws {
    try await withTemporaryFolder { folder in
        let configuration = DataFolder.Configuration(path: folder + "/data", programs: ProgramHost(executable: ""))
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let data = try DataFolder(configuration, logger: logger) { _, _, _ in
            InspectedModel(signature: Signature(inputs: [], outputs: []))
        }
        _ = try await data.buckets.addBucket("b", region: "us-east-1", at: wall.now)
        var definition = EndpointDefinition(workspace: Workspace.defaultName, variants: [])
        definition.capture = CaptureDefinition(
            isEnabled: true,
            destination: "s3://b/captures",
            percentage: 100,
            keepsInput: true,
            keepsOutput: true,
            csvTypes: ["text/csv"],
            jsonTypes: []
        )
        let record = EndpointRecord(
            status: .inService,
            serving: .init(definition: definition, pipelineVersion: "v")
        )
        try await data.endpoints.adopt("e", record, createdAt: wall.now, modifiedAt: wall.now)
        let catalog = try Catalog(path: folder + "/data/roost.sqlite")
        try await body(Site(folder: data, catalog: catalog, clock: clock, wall: wall))
        await data.close()
    }
}
