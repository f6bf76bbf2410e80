import Buckets
import Definitions
import Foundation
import Logging
import Platform
import TestSupport
import Testing

@testable import Endpoints

@Suite("Captured invocations", .timeLimit(.minutes(1)))
struct DataCaptureTests {
    private let clock = ManualClock()
    private let wall = WallClock()

    private let capture = CaptureDefinition(
        isEnabled: true,
        destination: "s3://b/captured",
        percentage: 100,
        keepsInput: true,
        keepsOutput: true,
        csvTypes: [],
        jsonTypes: []
    )

    private func keep(_ text: String, _ variant: String = "a", in service: EndpointService) {
        service.captures.keep("e", variant, byteCount: text.utf8.count) { _, _ in Data(text.utf8) }
    }

    private func objects(_ service: EndpointService) async throws -> [String] {
        let buckets = await service.platform.buckets
        var texts: [String] = []
        for object in try await buckets.objects(under: ObjectURI("s3://b/captured", field: "uri")) {
            texts.append(try String(contentsOfFile: try await buckets.localCopy(of: object).path, encoding: .utf8))
        }
        return texts.sorted()
    }

    /// Waits until these objects are written.
    private func expect(_ texts: String..., in service: EndpointService) async throws {
        while try await objects(service) != texts { try await Task.sleep(for: .milliseconds(2)) }
    }

    @Test("they are written five seconds after the first one, an object for each variant")
    func written() async throws {
        try await withEndpoints(clock, wall) { service in
            service.captures.set(capture, of: "e")
            keep("1", in: service)
            keep("2", "b", in: service)
            await clock.sleepers()
            clock.advance(by: .seconds(3))
            keep("3", in: service)
            clock.advance(by: .seconds(1))
            let early = try await objects(service)
            #expect(early.isEmpty)
            clock.advance(by: .seconds(1))
            try await expect("1\n3\n", "2\n", in: service)
            keep("4", in: service)
            await clock.sleepers()
            clock.advance(by: .seconds(5))
            try await expect("1\n3\n", "2\n", "4\n", in: service)
        }
    }

    @Test("an object has the invocations of one hour")
    func hours() async throws {
        try await withEndpoints(clock, wall) { service in
            service.captures.set(capture, of: "e")
            keep("1", in: service)
            wall.advance(by: 3600)
            keep("2", in: service)
            await service.captures.flush()
            let written = try await objects(service)
            #expect(written == ["1\n", "2\n"])
        }
    }

    @Test("after a flush, what another flush had begun to write is there too")
    func concurrentFlushes() async throws {
        try await withEndpoints(clock, wall) { service in
            service.captures.set(capture, of: "e")
            for _ in 1...5 {
                keep("1", in: service)
                async let other: Void = service.captures.flush()
                await service.captures.flush()
                let written = try await objects(service).count
                await other
                let all = try await objects(service).count
                #expect(written == all)
            }
        }
    }

    @Test("nothing is kept of an endpoint that does not capture")
    func off() async throws {
        try await withEndpoints(clock, wall) { service in
            service.captures.set(capture, of: "e")
            service.captures.set(nil, of: "e")
            #expect(!service.captures.isActive)
            keep("1", in: service)
            await service.captures.flush()
            let written = try await objects(service)
            #expect(written.isEmpty)
        }
    }
}
