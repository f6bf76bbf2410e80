import AsyncHTTPClient
public import Definitions
public import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1
import NativeAPI

/// Simulations and learning curves.
extension RoostClient {
    /// Sends the same requests at the same rate to models and pipelines, and compares their latencies.
    public func simulate(_ request: SimulationRequest) async throws -> SimulationReport {
        try await send(.POST, "/v1/simulations", request, timeout: .hours(1))
    }

    /// Returns the picture of a simulation's result as SVG.
    public func picture(of report: SimulationReport) async throws -> Data {
        var request = request(.POST, "/v1/simulations/picture")
        request.headers.add(name: "content-type", value: "application/json")
        request.body = .bytes(ByteBuffer(bytes: try NativeCoding.encoder.encode(report)))
        return try await collect(execute(request))
    }

    /// Starts the training jobs of a learning curve.
    public func drawCurve(_ definition: LearningCurveDefinition) async throws -> LearningCurve {
        try await send(.POST, Self.path(.learningCurve), definition)
    }

    /// Returns the picture of a learning curve as SVG.
    public func curvePicture(_ name: String) async throws -> Data {
        try await collect(execute(request(.GET, Self.path(.learningCurve, name) + "/picture")))
    }
}
