public import Definitions
package import Foundation
package import Monitoring

/// The operations on labels, quality and reports.
package struct MonitoringOperations: OperationGroup {
    /// The maximum size of a body with labels.
    private static let labelLimit = 256 << 20
    /// The maximum size of a body that only says where the labels are.
    private static let locationLimit = 8 << 10
    /// The maximum size of a body with texts.
    private static let textLimit = 32 << 20

    /// The most reports of a page.
    private static let reportLimit = 1000

    let monitoring: Monitoring

    package init(monitoring: Monitoring) { self.monitoring = monitoring }

    package var operations: [APIOperation] {
        labelOperation("/v1/pipelines/{pipeline}/ground-truth", "addLabels", "Add labels to a pipeline", of: "pipeline")
        labelOperation(
            "/v1/endpoints/{endpoint}/ground-truth",
            "addEndpointLabels",
            "Add labels to an endpoint",
            of: "endpoint"
        )

        APIOperation(
            .get,
            "/v1/pipelines/{pipeline}/ground-truth",
            id: "getGroundTruth",
            "Get a summary of a pipeline's labels",
            returns: GroundTruthSummary.self
        ) { call in try await monitoring.groundTruth(of: call.parameter("pipeline")) }

        labelSearch

        APIOperation(
            .get,
            "/v1/pipelines/{pipeline}/quality",
            id: "getQuality",
            "Compare what a pipeline answered with its labels",
            query: [
                QueryParameter("start", .time), QueryParameter("end", .time), QueryParameter("model"),
                QueryParameter("by"),
                QueryParameter("bins", .integer(min: 2, max: 100)), QueryParameter("every", .integer(min: 1)),
                QueryParameter("worst", .integer(min: 0, max: 1000)),
            ],
            returns: QualityReport.self
        ) { call in try await monitoring.quality(of: call.parameter("pipeline"), call.qualityQuery()) }

        APIOperation(
            .post,
            "/v1/pipelines/{pipeline}/reports",
            id: "createReport",
            "Report on a pipeline's experiment or shadow deploy, or replay its requests",
            optionalBody: ReportRequest.self,
            returns: Report.self,
            status: .created
        ) { call, request in
            try await monitoring.makeReport(request ?? ReportRequest(), on: call.parameter("pipeline"))
        }

        APIOperation(
            .get,
            "/v1/pipelines/{pipeline}/reports",
            id: "listReports",
            "List the reports on a pipeline, newest first",
            query: [
                QueryParameter("kind", .choice(of: ReportRequest.Kind.self)),
                QueryParameter("limit", .integer(min: 1, max: Self.reportLimit)),
                QueryParameter("offset", .integer(min: 0)),
            ],
            returns: ReportList.self
        ) { call in
            let kind = try call.choice("kind", ReportRequest.Kind.allCases.map { ($0.rawValue, $0) })
            let limit = try call.number("limit", 1...Self.reportLimit) ?? Self.reportLimit
            let offset = try call.number("offset", 0...Int(Int32.max)) ?? 0
            return ReportList(
                reports: try await monitoring.reports(
                    of: call.parameter("pipeline"),
                    kind,
                    limit: limit,
                    offset: offset
                )
            )
        }

        APIOperation(
            .get,
            "/v1/reports/{report}",
            id: "getReport",
            "Get a report",
            returns: Report.self
        ) { call in try await monitoring.report(call.parameter("report")) }

        APIOperation(
            .get,
            "/v1/reports/{report}/picture",
            id: "getReportPicture",
            "Get a report as a picture",
            response: .media("image/svg+xml")
        ) { call in
            let report = try await monitoring.report(call.parameter("report"))
            return Reply(.bytes(Array(ReportPicture.svg(of: report).utf8)), contentType: "image/svg+xml")
        }

        APIOperation(
            .post,
            "/v1/reports/{report}/verify",
            id: "verifyReport",
            "Compute a report again, and compare it with the log",
            returns: ReportVerification.self
        ) { call in try await monitoring.verify(call.parameter("report")) }

        APIOperation(
            .post,
            "/v1/pipelines/{pipeline}/counterfactual",
            id: "askCounterfactual",
            "Estimate a metric under another policy",
            body: CounterfactualRequest.self,
            returns: CounterfactualReport.self
        ) { call, request in try await monitoring.counterfactual(request, on: call.parameter("pipeline")) }

        APIOperation(
            .post,
            "/v1/pipelines/{pipeline}/diagnosis",
            id: "diagnosePipeline",
            "Find the inputs that moved, and the slices in which quality fell",
            optionalBody: DiagnosisRequest.self,
            returns: Diagnosis.self
        ) { call, request in
            try await monitoring.diagnose(call.parameter("pipeline"), request ?? DiagnosisRequest())
        }

        vocabularyOperation

        APIOperation(
            .post,
            "/v1/pipelines/{pipeline}/logs/deletions",
            id: "deleteLogEntries",
            "Delete the log entries of one value of a key or input",
            body: LogDeletion.self,
            returns: DeletedEntries.self
        ) { call, deletion in try await monitoring.delete(deletion, from: call.parameter("pipeline")) }

        APIOperation(
            .delete,
            "/v1/pipelines/{pipeline}/logs",
            id: "deleteLog",
            "Delete all log entries and labels of a pipeline",
            returns: DeletedEntries.self
        ) { call in try await monitoring.deleteLog(of: call.parameter("pipeline")) }
    }

    private var vocabularyOperation: APIOperation {
        var operation = APIOperation(
            .post,
            "/v1/vocabulary",
            id: "checkVocabulary",
            "Compare a vocabulary with the words of new texts",
            body: VocabularyRequest.self,
            returns: VocabularyReport.self
        ) { _, request in try await monitoring.checkVocabulary(request) }
        operation.bodyLimit = Self.textLimit
        return operation
    }

    private func labelOperation(_ path: String, _ id: String, _ summary: String, of parameter: String) -> APIOperation {
        APIOperation(
            .post,
            path,
            id: id,
            summary,
            request: APIOperation.Request(.json(LabelBatch.self)),
            response: .json(AddedLabels.self)
        ) { call in try .json(encoding: await add(call, to: call.parameter(parameter)), status: .ok) }
    }

    private func add(_ call: Call, to name: String) async throws -> AddedLabels {
        try await call.body.withAll(upTo: Self.labelLimit) { body in try await add(body, call.contentType, to: name) }
    }

    private func add(_ body: Data, _ contentType: String, to name: String) async throws -> AddedLabels {
        let type = contentType.split(separator: ";").first?.trimmingCharacters(in: .whitespaces).lowercased() ?? ""
        switch type {
        case "text/csv": return try await monitoring.addLabels(body, .csv, to: name)
        case "application/x-ndjson": return try await monitoring.addLabels(body, .lines, to: name)
        case "application/json", "":
            if body.count <= Self.locationLimit,
                let uri = (try? JSONDecoder().decode(LabelLocation.self, from: body))?.uri
            {
                return try await monitoring.addLabels(under: ObjectURI(uri, field: "s3_uri"), to: name)
            }
            return try await monitoring.addLabels(body, .json, to: name)
        default:
            throw RoostError(
                .unsupportedMediaType,
                "Labels are JSON (application/json), JSON Lines (application/x-ndjson) or CSV (text/csv), not '\(type.prefix(80))'."
            )
        }
    }
}

/// Where labels are stored.
private struct LabelLocation: Decodable {
    var uri: String

    private enum CodingKeys: String, CodingKey {
        case uri = "s3_uri"
    }
}

/// The body of a request that adds labels. It is read without building a value for each label.
private enum LabelBatch: WireType {
    static let schema = Schema.oneOf([
        label, .object(["labels": .list(label)]), .list(label), .object(["s3_uri": .string()]),
    ])

    private static let value = Schema.oneOf([.number(), .string(), .boolean])
    private static let label = Schema.described(
        "What turned out to be true of an inference: one value, or one for each row.",
        .object(
            ["label": .oneOf([value, .list(value)])],
            optional: ["id": .string(), "key": .map(.string()), "row": .integer(min: 0)]
        )
    )
}

extension Call {
    fileprivate func qualityQuery() throws(RoostError) -> QualityQuery {
        var found = QualityQuery()
        found.start = try time("start")
        found.end = try time("end")
        found.model = query("model")
        found.by = query("by")
        found.bins = try number("bins", 2...100) ?? found.bins
        found.every = try number("every", 1...366 * 24 * 3600)
        found.worst = try number("worst", 0...1000) ?? found.worst
        return found
    }
}
