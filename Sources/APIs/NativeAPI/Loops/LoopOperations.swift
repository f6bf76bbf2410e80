public import Definitions
package import Loops
package import Monitoring

/// The operations on loops and their runs, and on training sets.
package struct LoopOperations: OperationGroup {
    private static let defaultRuns = 100
    private static let runLimit = 1000

    let loops: LoopService
    let monitoring: Monitoring

    package init(loops: LoopService, monitoring: Monitoring) {
        self.loops = loops
        self.monitoring = monitoring
    }

    package var operations: [APIOperation] {
        APIOperation(
            .get,
            "/v1/loops",
            id: "listLoops",
            "List loops",
            query: [QueryParameter("pipeline"), .workspaceFilter] + .page,
            returns: LoopList.self
        ) { call in
            let (found, total) = try await loops.loops(of: call.pipelineFilter, call.page())
            return LoopList(loops: found, total: total)
        }

        APIOperation(.get, "/v1/loops/{loop}", id: "getLoop", "Get a loop", returns: Loop.self) { call in
            try await loops.loop(named: call.parameter("loop"))
        }

        APIOperation(
            .put,
            "/v1/loops/{loop}",
            id: "putLoop",
            "Add or change a loop",
            body: LoopDefinition.self,
            returns: Loop.self,
            orCreates: "The loop is new"
        ) { call, definition in try await loops.define(call.parameter("loop"), definition) }

        APIOperation(
            .delete,
            "/v1/loops/{loop}",
            id: "deleteLoop",
            "Delete a loop and its runs",
            returns: Loop.self
        ) { call in try await loops.remove(call.parameter("loop")) }

        APIOperation(
            .post,
            "/v1/loops/{loop}/pause",
            id: "pauseLoop",
            "Let only users start runs of a loop",
            returns: Loop.self
        ) { call in try await loops.pause(call.parameter("loop")) }

        APIOperation(
            .post,
            "/v1/loops/{loop}/resume",
            id: "resumeLoop",
            "Let triggers start runs of a loop again, from now on",
            returns: Loop.self
        ) { call in try await loops.resume(call.parameter("loop")) }

        APIOperation(
            .post,
            "/v1/loops/{loop}/runs",
            id: "startLoopRun",
            "Start a run of a loop now",
            query: [QueryParameter("by")],
            returns: LoopRun.self,
            status: .created
        ) { call in try await loops.start(call.parameter("loop"), by: call.requester()) }

        APIOperation(
            .get,
            "/v1/loops/{loop}/runs",
            id: "listLoopRuns",
            "List runs of a loop, newest first",
            query: [
                QueryParameter("limit", .integer(min: 1, max: Self.runLimit)),
                QueryParameter("offset", .integer(min: 0)),
            ],
            returns: LoopRunList.self
        ) { call in
            let name = try call.parameter("loop")
            let limit = try call.number("limit", 1...Self.runLimit) ?? Self.defaultRuns
            let offset = try call.number("offset", 0...Int(Int32.max)) ?? 0
            let runs = try await loops.runs(of: name, limit: limit, offset: offset)
            return LoopRunList(runs: runs, total: try await loops.runCount(of: name))
        }

        APIOperation(
            .get,
            "/v1/loop-runs/{run}",
            id: "getLoopRun",
            "Get a run of a loop",
            returns: LoopRun.self
        ) { call in try await loops.run(call.parameter("run")) }

        APIOperation(
            .post,
            "/v1/loop-runs/{run}/abort",
            id: "abortLoopRun",
            "End a run of a loop, and what its step has begun",
            query: [QueryParameter("by")],
            returns: LoopRun.self
        ) { call in try await loops.abort(call.parameter("run"), by: call.requester()) }

        APIOperation(
            .post,
            "/v1/pipelines/{pipeline}/training-sets",
            id: "createTrainingSet",
            "Build training data from a pipeline's log and labels",
            body: TrainingSetRequest.self,
            returns: TrainingSet.self,
            status: .created
        ) { call, request in try await monitoring.makeTrainingSet(request, of: call.parameter("pipeline")) }
    }
}

/// `GET /v1/loops`.
public struct LoopList: Sendable, Codable {
    public var loops: [Loop]
    /// The number of loops on all pages.
    public var total: Int

    public init(loops: [Loop], total: Int) {
        self.loops = loops
        self.total = total
    }
}

/// `GET /v1/loops/{loop}/runs`.
public struct LoopRunList: Sendable, Codable {
    public var runs: [LoopRun]
    /// The number of runs on all pages.
    public var total: Int

    public init(runs: [LoopRun], total: Int) {
        self.runs = runs
        self.total = total
    }
}
