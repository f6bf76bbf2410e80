import Definitions
import Encodings
import InferenceLog
import WorkThreads

extension [QueryParameter] {
    /// The parameters that select entries of an inference log.
    static let log = [
        QueryParameter("limit", .integer(min: 1)), QueryParameter("start"), QueryParameter("end"),
        QueryParameter("model"), QueryParameter("valid", .boolean), QueryParameter("id"),
    ]

    /// The parameters of the end of an inference log.
    static let logTail = log + [QueryParameter("after")]
}

extension Call {
    /// The most ids that one request may ask for.
    private static let idLimit = 100

    /// Reads the query of a log route. Times are RFC 3339 or milliseconds since the epoch.
    func logQuery(defaultLimit: Int?) throws(RoostError) -> LogQuery {
        var logQuery = LogQuery(
            start: try time("start")?.milliseconds,
            end: try time("end")?.milliseconds,
            model: query("model"),
            // No id has a space in it.
            ids: query("id").map { Set($0.split(separator: " ").map(String.init)) }
        )
        guard logQuery.ids?.count ?? 0 <= Self.idLimit else {
            throw RoostError(
                .invalidInput,
                "'id' must be at most \(Self.idLimit) ids with spaces between them.",
                field: "id"
            )
        }
        if let text = query("valid") {
            guard let valid = Bool(text.lowercased()) else {
                throw RoostError(
                    .invalidInput,
                    "'valid' must be true or false, not '\(text.prefix(40))'.",
                    field: "valid"
                )
            }
            logQuery.valid = valid
        }
        logQuery.limit = defaultLimit
        if let text = query("limit") {
            guard let limit = Int(text), limit > 0, defaultLimit == nil || limit <= 100_000 else {
                throw RoostError(
                    .invalidInput,
                    "'limit' must be a number from 1 to 100000, not '\(text.prefix(40))'.",
                    field: "limit"
                )
            }
            logQuery.limit = limit
        }
        return logQuery
    }

    /// Reads the place after which the end of a log begins.
    func logPosition() throws(RoostError) -> LogPosition? {
        guard let text = query("after") else { return nil }
        guard let position = LogPosition(text) else {
            throw RoostError(
                .invalidInput,
                "'\(text.prefix(40))' is not a place in the log. Expected the 'next' of an earlier response.",
                field: "after"
            )
        }
        return position
    }
}

extension Reply {
    /// Streams the entries of a log.
    init(log entries: LogCursor, as format: LogPieces.Format) {
        self.init(
            .stream(LogPieces(entries: entries, format: format), byteCount: nil),
            contentType: format == .json ? "application/json" : "application/x-ndjson"
        )
    }
}

/// The entries of a log as pieces of a response, because a log may be larger than the memory.
struct LogPieces: AsyncSequence {
    enum Format {
        /// One JSON document.
        case json
        /// JSON Lines.
        case lines
    }

    let entries: LogCursor
    let format: Format

    struct AsyncIterator: AsyncIteratorProtocol {
        private enum Position {
            case start, entries, end
        }

        private var entries: LogCursor
        private let format: Format
        private var position = Position.start
        private var isEmpty = true

        fileprivate init(_ pieces: LogPieces) {
            entries = pieces.entries
            format = pieces.format
        }

        mutating func next() async throws -> [UInt8]? {
            switch position {
            case .start:
                position = .entries
                return format == .json ? Array("{\"entries\":[".utf8) : try await next()
            case .entries:
                let separator = UInt8(ascii: format == .json ? "," : "\n")
                let (bytes, rest) = try await offload { [entries, isEmpty] in
                    var rest = entries
                    return (rest.next(separator: separator, isFirst: isEmpty), rest)
                }
                entries = rest
                guard bytes.isEmpty else {
                    isEmpty = false
                    return bytes
                }
                position = .end
                return format == .json ? Array("]}".utf8) : isEmpty ? nil : Array("\n".utf8)
            case .end: return nil
            }
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self) }
}

/// The entries of an inference log, which the log itself writes.
enum LogEntryList: WireType {
    static let schema = Schema.object(["entries": .list(of: LogEntry.self)])
}

enum LogEntry: WireType {
    static let schema = Schema.object(
        [
            "time": .integer(), "id": .string(), "valid": .boolean, "model_name": .string(), "model_version": .string(),
            "role": .choice(["champion", "challenger"]), "pipeline_name": .string(), "pipeline_version": .string(),
            "elapsed": .integer(), "check_failures": .list(.anything), "original_data": .anything,
        ],
        optional: [
            "outputs": .anything, "error": .string(), "omitted": .map(.integer()), "experiment": .string(),
            "variant": .string(), "share": .number(min: 0, max: 1), "unit": .string(), "keys": .map(.string()),
            "rows": .object(["total": .integer(), "kept": .list(.integer())]), "step_times": .list(.integer(min: 0)),
        ]
    )
}
