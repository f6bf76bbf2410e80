import Definitions
import Foundation
import NativeAPI
import Words

/// An entry of the inference log, as pages show it. What it does not need may have any form.
struct LogRecord: Decodable {
    /// The most values of an output that a page shows.
    static let valueLimit = 32

    struct Rows: Decodable {
        var total: Int
        var kept: [Int]
    }

    var time: Date
    var id: String
    var isValid: Bool
    var model: String
    var version: String
    var role: String
    var nanoseconds: Double?
    /// Nanoseconds in the model of each step.
    var stepTimes: [Double]
    var failures: [InferenceAnswer.Failure]
    /// With the values that a page shows at most.
    var outputs: [OutputValues]
    var error: String
    var omitted: [String: Int]
    var keys: [String: String]
    var variant: String
    var share: Double?
    var rows: Rows?

    private enum CodingKeys: String, CodingKey {
        case time, id, valid, role, elapsed, outputs, error, omitted, keys, variant, share, rows
        case model = "model_name"
        case version = "model_version"
        case failures = "check_failures"
        case stepTimes = "step_times"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func text(_ key: CodingKeys) -> String { (try? container.decode(String.self, forKey: key)) ?? "" }
        let milliseconds = try container.decode(Double.self, forKey: .time)
        time = Date(timeIntervalSince1970: min(max(milliseconds, 0), 2.5e14) / 1000)
        id = try container.decode(String.self, forKey: .id)
        isValid = try container.decode(Bool.self, forKey: .valid)
        model = text(.model)
        version = text(.version)
        role = text(.role)
        error = text(.error)
        variant = text(.variant)
        nanoseconds = try? container.decode(Double.self, forKey: .elapsed)
        stepTimes = (try? container.decode([Double].self, forKey: .stepTimes)) ?? []
        share = try? container.decode(Double.self, forKey: .share)
        failures = (try? container.decode([InferenceAnswer.Failure].self, forKey: .failures)) ?? []
        outputs =
            (try? container.decode([OutputValues].self, forKey: .outputs, configuration: Self.valueLimit)) ?? []
        omitted = (try? container.decode([String: Int].self, forKey: .omitted)) ?? [:]
        keys = (try? container.decode([String: String].self, forKey: .keys)) ?? [:]
        rows = try? container.decode(Rows.self, forKey: .rows)
    }

    /// The inputs of an entry, which only an opened one shows.
    static func inputs(in line: Data) -> DocumentValue? {
        struct Inputs: Decodable {
            var original_data: DocumentValue?
        }
        return try? JSONDecoder().decode(Inputs.self, from: line).original_data
    }

    /// `nil` if the entry does not say.
    var rowCount: Int? { rows?.total ?? outputs.first?.shape.first }

    /// Its time of day in UTC, in milliseconds.
    var clock: String { String(NativeCoding.timestamp(time).dropFirst(11).prefix(12)) }

    /// What the model did for the request: in a split, each one that answers is logged as the champion.
    var part: String { role == "challenger" ? "only compared" : "answered" }

    /// The first output in a line, or why there is none.
    ///
    /// - Parameters:
    ///   - limit: The most values that are shown.
    ///   - length: The most characters.
    func output(limit: Int, length: Int) -> String {
        if let size = omitted["outputs"] { return "too large to show, \(Numbers.bytes(size))" }
        return outputs.first.map { String($0.shown(limit: limit).prefix(length)) } ?? Numbers.none
    }

    var milliseconds: String { Numbers.measure(nanoseconds.map { $0 / 1e6 }) }

    /// A long ID by its ends: those of version 7 begin with the time, so that neighbors begin alike.
    static func short(_ id: String) -> String { id.count <= 13 ? id : "\(id.prefix(8))…\(id.suffix(4))" }
}

/// The labels of inferences, found by the entries of the log.
struct LabelsOfEntries: Sendable {
    private let byID: [String: [FoundLabel]]
    private let byKey: [String: [FoundLabel]]

    init(_ records: [LogRecord], of pipeline: String, _ api: ConsoleAPI) async throws {
        var keys: [String: Set<String>] = [:]
        for record in records {
            for (name, hash) in record.keys { keys[name, default: []].insert(hash) }
        }
        let search = LabelSearch(ids: Array(Set(records.map(\.id))), keys: keys.mapValues { Array($0) })
        guard !search.ids.isEmpty else {
            (byID, byKey) = ([:], [:])
            return
        }
        let path = "/v1/pipelines/\(ConsoleAPI.escaped(pipeline))/ground-truth/search"
        let found = try await api.send(.post, path, search, as: FoundLabels.self).labels
        byID = Dictionary(grouping: found.filter { $0.id != nil }) { $0.id ?? "" }
        byKey = Dictionary(grouping: found.filter { $0.key != nil }) { "\($0.key ?? "")\u{0}\($0.hash ?? "")" }
    }

    /// The labels of an entry: those of its ID, or else of its keys.
    func labels(of record: LogRecord) -> [FoundLabel] {
        if let own = byID[record.id] { return own }
        for (name, hash) in record.keys.sorted(by: { $0.key < $1.key }) {
            if let found = byKey["\(name)\u{0}\(hash)"] { return found }
        }
        return []
    }

    /// In a few characters; empty without a label.
    func text(of record: LogRecord) -> String {
        let found = labels(of: record)
        guard let last = found.last else { return "" }
        let text = Values.text(last.label, limit: 24)
        return last.row == nil
            ? text : found.count == 1 ? "\(text) (row \(last.row ?? 0))" : Numbers.count(found.count, "row")
    }
}

/// An entry of the log in a table.
struct LogRow: Sendable {
    var id: String
    var fullID: String
    var href: String
    /// The entries below each other have one ID if they belong to one inference.
    var isOpen: Bool
    var time: String
    var moment: Moment
    var model: String
    var version: String
    var role: String
    var output: String
    var check: Status?
    var milliseconds: String
    var label: String
    var opened: OpenedEntry?

    /// - Parameter isCompared: Whether some models only ran beside the one that answered.
    init(
        _ record: LogRecord,
        _ version: PipelineVersion,
        isCompared: Bool,
        label: String,
        href: String,
        opened: OpenedEntry?
    ) {
        id = LogRecord.short(record.id)
        fullID = record.id
        self.href = href
        isOpen = opened != nil
        time = record.clock
        moment = Moment(record.time)
        model = record.model
        self.version = String(record.version.prefix(8))
        role = isCompared ? record.part : ""
        output = record.output(limit: 3, length: 60)
        if !record.error.isEmpty {
            check = Status(.bad, "Error")
        } else if let first = record.failures.first {
            let rest = record.failures.count - 1
            check = Status(.bad, Self.name(first, in: version) + (rest > 0 ? " and \(rest) more" : ""))
        } else {
            check = record.isValid ? nil : Status(.bad, "Not valid")
        }
        milliseconds = record.milliseconds
        self.label = label
        self.opened = opened
    }

    static func name(_ failure: InferenceAnswer.Failure, in version: PipelineVersion) -> String {
        version.validations.first { $0.expression == failure.expression }?.name ?? failure.expression
    }
}
