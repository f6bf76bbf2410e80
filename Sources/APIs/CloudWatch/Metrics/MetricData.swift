import AWS
import Definitions
import Foundation

/// A query of a `GetMetricData` request.
///
/// - Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
struct MetricDataQuery {
    enum Source {
        case metric(MetricName, MetricSpan, MetricStatistic)
        case expression(MetricExpression)
    }

    let id: String
    let source: Source
    /// Whether the response contains the values. Otherwise, they are only for expressions.
    let returnsData: Bool
    private let givenLabel: String?

    static let code = "ValidationError"

    /// - Parameter now: The time of the request.
    init(_ query: JSON, start: JSON?, end: JSON?, now: Date) throws {
        id = try query.required("Id")
        guard id.utf8.first.map({ (0x61...0x7A).contains($0) }) ?? false,
            id.utf8.allSatisfy({ $0.isIdentifierByte })
        else {
            throw AWSError(
                Self.code,
                "The value \(id.prefix(80)) of the parameter Id must begin with a lowercase letter, and contain only letters, "
                    + "numbers and underscores."
            )
        }
        returnsData = query["ReturnData"]?.bool ?? true
        givenLabel = query["Label"]?.string
        switch (query["MetricStat"], query["Expression"]?.string) {
        case (let stat?, nil):
            let name = try stat.required("Stat")
            guard let statistic = MetricStatistic(name) else {
                throw AWSError(
                    Self.code,
                    "The statistic \(name.prefix(80)) is not supported by this server. \(MetricStatistic.help)"
                )
            }
            let span = try MetricSpan(
                start: start,
                end: end,
                period: stat["Period"]?.int ?? 60,
                now: now,
                code: Self.code
            )
            source = .metric(try MetricName(stat["Metric"] ?? .object([:]), unit: stat["Unit"]), span, statistic)
        case (nil, let text?): source = .expression(try MetricExpression(text, id: id))
        default:
            throw AWSError(
                Self.code,
                "The query \(id.prefix(80)) must have either MetricStat or Expression, and not both."
            )
        }
    }

    var label: String {
        switch source {
        case _ where givenLabel != nil: givenLabel ?? ""
        case .metric(let metric, _, _): metric.name
        case .expression: id
        }
    }
}

/// Metric math: numbers, the ids of other queries, `+`, `-`, `*`, `/` and parentheses.
struct MetricExpression {
    private indirect enum Node {
        case number(Double)
        case query(String)
        case operation(Node, UInt8, Node)
    }

    private static let depthLimit = 20

    /// The ids that it uses.
    private(set) var ids: Set<String> = []
    private let root: Node

    init(_ text: String, id: String) throws {
        var parser = Parser(bytes: Array(text.utf8))
        guard let root = parser.sum(depth: 0), parser.isAtEnd else {
            throw AWSError(
                MetricDataQuery.code,
                "The expression of query \(id.prefix(80)) is not supported by this server. Use numbers, the ids of other "
                    + "queries, +, -, *, / and parentheses."
            )
        }
        self.root = root
        ids = parser.ids
    }

    /// Returns the value at a time; `nil` if one that it needs is missing, or it is not a number.
    func value(_ values: (String) -> Double?) -> Double? { Self.value(root, values).flatMap { $0.isFinite ? $0 : nil } }

    private static func value(_ node: Node, _ values: (String) -> Double?) -> Double? {
        switch node {
        case .number(let number): return number
        case .query(let id): return values(id)
        case .operation(let left, let sign, let right):
            guard let left = value(left, values), let right = value(right, values) else { return nil }
            switch sign {
            case UInt8(ascii: "+"): return left + right
            case UInt8(ascii: "-"): return left - right
            case UInt8(ascii: "*"): return left * right
            default: return left / right
            }
        }
    }

    private struct Parser {
        let bytes: [UInt8]
        var position = 0
        var ids: Set<String> = []

        var isAtEnd: Bool { position == bytes.count }

        private mutating func skipSpace() {
            while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
        }

        /// Returns one of the signs if it is next.
        private mutating func sign(_ signs: StaticString) -> UInt8? {
            skipSpace()
            guard position < bytes.count, case let byte = bytes[position],
                signs.withUTF8Buffer({ $0.contains(byte) })
            else { return nil }
            position += 1
            skipSpace()
            return byte
        }

        mutating func sum(depth: Int) -> Node? {
            guard depth < MetricExpression.depthLimit, var left = product(depth: depth) else { return nil }
            // A long chain of operations would be as deep as it is long.
            for _ in 0..<MetricExpression.depthLimit {
                guard let sign = sign("+-") else { break }
                guard let right = product(depth: depth) else { return nil }
                left = .operation(left, sign, right)
            }
            skipSpace()
            return left
        }

        private mutating func product(depth: Int) -> Node? {
            guard var left = factor(depth: depth) else { return nil }
            for _ in 0..<MetricExpression.depthLimit {
                guard let sign = sign("*/") else { break }
                guard let right = factor(depth: depth) else { return nil }
                left = .operation(left, sign, right)
            }
            return left
        }

        private mutating func factor(depth: Int) -> Node? {
            guard depth < MetricExpression.depthLimit else { return nil }
            if let minus = sign("-") { return factor(depth: depth + 1).map { .operation(.number(0), minus, $0) } }
            if sign("(") != nil {
                guard let inner = sum(depth: depth + 1), sign(")") != nil else { return nil }
                return inner
            }
            let start = position
            while position < bytes.count, bytes[position].isIdentifierByte || bytes[position] == UInt8(ascii: ".") {
                position += 1
            }
            let word = String(decoding: bytes[start..<position], as: UTF8.self)
            guard let first = word.utf8.first else { return nil }
            if (0x30...0x39).contains(first) || first == UInt8(ascii: ".") { return Double(word).map { .number($0) } }
            guard !word.contains(".") else { return nil }
            ids.insert(word)
            return .query(word)
        }
    }
}

extension UInt8 {
    fileprivate var isIdentifierByte: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F: true
        default: false
        }
    }
}
