public import Definitions
package import Monitoring

/// The operations on assays.
package struct AssayOperations: OperationGroup {
    private static let defaultResults = 100
    private static let resultLimit = 10_000
    private static let drawnResults = 500
    private static let pageLimit = 1000
    private static let windowLimit = 100

    let assays: AssayService

    package init(assays: AssayService) { self.assays = assays }

    package var operations: [APIOperation] {
        APIOperation(
            .get,
            "/v1/assays",
            id: "listAssays",
            "List assays",
            query: [
                QueryParameter("pipeline"), .workspaceFilter,
                QueryParameter("level", .choice(AssayResult.Status.allCases.map(\.rawValue))),
                QueryParameter("limit", .described("A page of this size.", .integer(min: 1, max: Self.pageLimit))),
                QueryParameter("offset", .integer(min: 0)),
                QueryParameter(
                    "windows",
                    .described("So many of the newest windows of each assay.", .integer(min: 1, max: Self.windowLimit))
                ),
            ],
            returns: AssayList.self
        ) { call in try await list(call) }

        APIOperation(.get, "/v1/assays/{assay}", id: "getAssay", "Get an assay", returns: Assay.self) { call in
            try await assays.assay(named: call.parameter("assay"))
        }

        APIOperation(
            .put,
            "/v1/assays/{assay}",
            id: "putAssay",
            "Add or change an assay",
            body: AssayDefinition.self,
            returns: Assay.self,
            orCreates: "The assay is new"
        ) { call, definition in try await assays.define(call.parameter("assay"), definition) }

        change("pause", "pauseAssay", "Stop looking at the windows of an assay") { try await $0.pause($1) }
        change("resume", "resumeAssay", "Look at the windows of an assay again, from now on") {
            try await $0.resume($1)
        }

        APIOperation(
            .delete,
            "/v1/assays/{assay}",
            id: "deleteAssay",
            "Remove an assay and its results",
            returns: Assay.self
        ) { call in try await assays.remove(call.parameter("assay")) }

        APIOperation(
            .get,
            "/v1/assays/{assay}/results",
            id: "listAssayResults",
            "List what an assay said about its windows, newest first",
            query: [
                QueryParameter("start", .time), QueryParameter("end", .time),
                QueryParameter("measured", .described("Only windows that have enough values.", .boolean)),
                QueryParameter("limit", .integer(min: 1, max: Self.resultLimit)),
            ],
            returns: AssayResultList.self
        ) { call in
            AssayResultList(
                results: try await assays.results(
                    of: call.parameter("assay"),
                    start: call.time("start"),
                    end: call.time("end"),
                    areMeasured: call.flag("measured"),
                    limit: call.number("limit", 1...Self.resultLimit) ?? Self.defaultResults
                )
            )
        }

        APIOperation(
            .get,
            "/v1/assays/{assay}/picture",
            id: "getAssayPicture",
            "Get an assay's scores and its last window as a picture",
            response: .media("image/svg+xml")
        ) { call in
            let name = try call.parameter("assay")
            let assay = try await assays.assay(named: name)
            let results = try await assays.results(of: name, limit: Self.drawnResults)
            return Reply(.bytes(Array(AssayPicture.svg(of: assay, results).utf8)), contentType: "image/svg+xml")
        }

        APIOperation(
            .post,
            "/v1/assays/preview",
            id: "previewAssay",
            "Say what an assay would have said about past windows, without adding it",
            query: [QueryParameter("start", .time), QueryParameter("end", .time)],
            body: AssayDefinition.self,
            returns: AssayPreview.self
        ) { call, definition in
            try await assays.preview(definition, start: call.time("start"), end: call.time("end"))
        }

        APIOperation(
            .post,
            "/v1/pipelines/{pipeline}/assays/suggestions",
            id: "suggestAssays",
            "Propose assays for a pipeline from its log, without adding them",
            query: [QueryParameter("start", .time), QueryParameter("end", .time)],
            returns: AssaySuggestions.self
        ) { call in
            try await assays.suggestions(
                for: call.parameter("pipeline"),
                start: call.time("start"),
                end: call.time("end")
            )
        }
    }

    private func list(_ call: Call) async throws -> AssayList {
        let filter = call.pipelineFilter
        let level = try call.choice("level", AssayResult.Status.allCases.map { ($0.rawValue, $0) })
        let limit = try call.number("limit", 1...Self.pageLimit)
        let offset = try call.number("offset", 0...Int(Int32.max))
        let found =
            if limit == nil, offset == nil, level == nil {
                try await assays.assays(of: filter)
            } else {
                try await assays.assays(
                    AssayQuery(of: filter, level: level, limit: limit ?? Self.pageLimit, offset: offset ?? 0)
                )
            }
        var windows: [String: [AssayWindow]]?
        if let count = try call.number("windows", 1...Self.windowLimit) {
            windows = try await assays.windows(of: found.map(\.name), limit: count)
        }
        return AssayList(assays: found, levels: try await assays.levels(of: filter), windows: windows)
    }

    private func change(
        _ verb: String,
        _ id: String,
        _ summary: String,
        _ make: @escaping @Sendable (AssayService, String) async throws -> Assay
    ) -> APIOperation {
        APIOperation(.post, "/v1/assays/{assay}/\(verb)", id: id, summary, returns: Assay.self) { call in
            try await make(assays, call.parameter("assay"))
        }
    }
}

/// `GET /v1/assays`.
public struct AssayList: Sendable, Codable {
    public var assays: [Assay]
    /// How many assays there are on all pages, by their levels, whatever level was asked for.
    public var levels: [String: Int]
    /// Of each assay its newest windows, the newest first; `nil` unless they were asked for.
    public var windows: [String: [AssayWindow]]?

    public init(assays: [Assay], levels: [AssayResult.Status: Int], windows: [String: [AssayWindow]]? = nil) {
        self.assays = assays
        self.levels = Dictionary(uniqueKeysWithValues: levels.map { ($0.key.rawValue, $0.value) })
        self.windows = windows
    }

    /// How many assays of a level there are.
    public func count(_ level: AssayResult.Status) -> Int { levels[level.rawValue] ?? 0 }
}

/// `GET /v1/assays/{assay}/results`.
public struct AssayResultList: Sendable, Codable {
    public var results: [AssayResult]
    public init(results: [AssayResult]) { self.results = results }
}
