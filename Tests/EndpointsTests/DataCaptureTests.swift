import Buckets
import DataFolder
import Definitions
import Foundation
import Logging
import Programs
import Runtimes
import TestSupport
import Testing

@testable import Endpoints

@Suite("Captured invocations", .timeLimit(.minutes(1)))
struct DataCaptureTests {
    private let clock = ManualClock()

    private func withCaptures(_ body: (DataCaptures, _ objects: () async throws -> [String]) async throws -> Void)
        async throws
    {
        try await withTemporaryFolder { folder in
            let configuration = DataFolder.Configuration(path: folder, programs: ProgramHost(executable: roostBinary))
            let logger = Logger(label: "test")
            let data = try DataFolder(configuration, logger: logger) { _, _, _ in InspectedModel(signature: .floats(1))
            }
            _ = try await data.buckets.addBucket("b", region: "us-east-1", at: Date())
            let captures = DataCaptures(platform: data.platform, logger: logger, clock: clock)
            captures.set(
                CaptureDefinition(
                    isEnabled: true,
                    destination: "s3://b/captured",
                    percentage: 100,
                    keepsInput: true,
                    keepsOutput: true,
                    csvTypes: [],
                    jsonTypes: []
                ),
                of: "e"
            )
            let all = try ObjectURI("s3://b/captured", field: "uri")
            try await body(captures) {
                var texts: [String] = []
                for object in try await data.buckets.objects(under: all) {
                    let copy = try await data.buckets.localCopy(of: object)
                    texts.append(try String(contentsOfFile: copy.path, encoding: .utf8))
                }
                return texts.sorted()
            }
            await data.close()
        }
    }

    private func keep(_ text: String, _ variant: String, in captures: DataCaptures) {
        captures.keep("e", variant, byteCount: text.utf8.count) { _, _ in Data(text.utf8) }
    }

    @Test("they are written five seconds after the first one, an object for each variant")
    func written() async throws {
        try await withCaptures { captures, objects in
            keep("1", "a", in: captures)
            keep("2", "b", in: captures)
            await clock.sleepers()
            clock.advance(by: .seconds(3))
            keep("3", "a", in: captures)
            clock.advance(by: .seconds(1))
            let early = try await objects()
            #expect(early.isEmpty)
            clock.advance(by: .seconds(1))
            while try await objects() != ["1\n3\n", "2\n"] { await Task.yield() }
            keep("4", "a", in: captures)
            await clock.sleepers()
            clock.advance(by: .seconds(5))
            while try await objects() != ["1\n3\n", "2\n", "4\n"] { await Task.yield() }
        }
    }

    @Test("nothing is kept of an endpoint that does not capture, and nothing waits")
    func off() async throws {
        try await withCaptures { captures, objects in
            captures.set(nil, of: "e")
            #expect(!captures.isActive)
            keep("1", "a", in: captures)
            await captures.flush()
            let early = try await objects()
            #expect(early.isEmpty)
        }
    }
}
