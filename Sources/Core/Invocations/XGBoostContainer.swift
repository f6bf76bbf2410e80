package import Definitions
import RecordIO
import Tables
import Tensors

/// The properties of an XGBoost model's container that change how responses are written.
///
/// - Source: https://github.com/aws/sagemaker-xgboost-container, `algorithm_mode/serve.py` in the branch of each release.
package struct XGBoostContainer: Sendable {
    /// Whether each row of a response is a separate line or object, as in image 1.2-2 and newer.
    let writesRows: Bool
    /// Whether an endpoint's responses are CSV whatever the caller accepts, as in images before 1.2-2 that select no contents.
    let ignoresAccept: Bool
    /// The selected contents of a response; `nil` for the model's output.
    let selection: XGBoostSelection?
    /// The response's content type if the caller accepts any; `nil` for CSV.
    let defaultAccept: String?

    /// - Parameters:
    ///   - image: `nil` for a model without one.
    ///   - environment: The container's environment variables.
    ///   - objective: Evaluated only if the environment selects the contents of responses.
    /// - Returns: `nil` for a tag that does not say which release it is, such as `1` and `latest`.
    package init?(image: String?, environment: [String: String]?, objective: @autoclosure () -> Objective?) {
        guard let image, let release = Self.release(of: image) else { return nil }
        let selected = release >= (1, 0, 0) ? environment?["SAGEMAKER_INFERENCE_OUTPUT"] : nil
        writesRows = release >= (1, 2, 2)
        ignoresAccept = !writesRows && selected == nil
        selection = selected.map { XGBoostSelection($0, objective()) }
        defaultAccept =
            ignoresAccept ? nil : environment?["SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Returns the numbers in a tag such as `1.7-1` or `1.2-2-cpu-py3`; `nil` for `1`, for `latest` and without a tag.
    private static func release(of image: String) -> (Int, Int, Int)? {
        let name = image.utf8.prefix { $0 != UInt8(ascii: "@") }
        guard let colon = name.lastIndex(of: UInt8(ascii: ":")), !name[colon...].contains(UInt8(ascii: "/")) else {
            return nil
        }
        var numbers: [Int] = []
        var tag = name[colon...].dropFirst()
        for separator in [UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "-")] {
            let digits = tag.prefix { (0x30...0x39).contains($0) }
            guard let number = Int(Substring(digits)) else { break }
            numbers.append(number)
            tag = tag.dropFirst(digits.count)
            guard tag.first == separator else { break }
            tag = tag.dropFirst()
        }
        guard numbers.count > 1 else { return nil }
        return (numbers[0], numbers[1], numbers.count > 2 ? numbers[2] : 0)
    }
}

/// The contents of responses that `SAGEMAKER_INFERENCE_OUTPUT` selects.
struct XGBoostSelection: Sendable {
    private enum Key: String, CaseIterable {
        case label = "predicted_label"
        case labels
        case probability
        case probabilities
        case rawScore = "raw_score"
        case rawScores = "raw_scores"
        case score = "predicted_score"
    }

    private enum Value {
        case integer(Int)
        case real(Double)
        case integers(Range<Int>)
        case reals([Double])
    }

    /// The requested names, in order, and the key of each; `nil` for an unknown name.
    private let names: [(name: String, key: Key?)]
    private let objective: Objective?

    init(_ text: String, _ objective: Objective?) {
        names = text.lowercased().filter { $0 != " " }.split(separator: ",", omittingEmptySubsequences: false)
            .map { (String($0), Key(rawValue: String($0))) }
        self.objective = objective
    }

    /// The keys for which the objective has values; `nil` if it does not support a selection.
    private var known: Set<Key>? {
        switch objective?.name {
        case "reg:squarederror", "reg:logistic", "reg:gamma", "reg:absoluteerror", "reg:tweedie": [.score]
        case "binary:logistic", "multi:softprob":
            [.label, .labels, .probability, .probabilities, .rawScore, .rawScores]
        case "binary:logitraw", "binary:hinge", "multi:softmax": [.label, .labels, .rawScore, .rawScores]
        default: nil
        }
    }

    func encode(_ output: Tensor, as type: RowFormat, style: InvocationCodec.Style) throws(InvocationError) -> [UInt8] {
        guard let known, output.dataType == .fp32, objective?.name == "multi:softprob" || output.rowWidth == 1 else {
            throw InvocationError(
                500,
                "SAGEMAKER_INFERENCE_OUTPUT is not supported for the objective '\(objective?.name ?? "unknown")'. "
                    + "Remove it from the model's environment."
            )
        }
        // In JSON, known keys come first, in a fixed order; in CSV, all keys are in the requested order.
        let asked = Set(names.compactMap(\.key)).intersection(known)
        let unknown = names.filter { $0.key.map { !known.contains($0) } ?? true }.map(\.name)
        var records = RecordWriter()
        var writer = JSONWriter(capacity: output.rowCount * 32)
        let isObject = type == .json && style == .endpoint
        if isObject { writer.raw(#"{"predictions":["#) }
        for row in 0..<output.rowCount {
            let width = output.rowWidth
            let answer = (0..<width).map { Double(output.element(at: row * width + $0, as: Float.self)) }
            switch type {
            case .csv, .libsvm:
                if row > 0 { writer.raw("\n") }
                for (index, name) in names.enumerated() {
                    if index > 0 { writer.raw(",") }
                    let key = name.key.flatMap { known.contains($0) ? $0 : nil }
                    Self.write(field: key.map { value(of: $0, answer) } ?? .real(.nan), to: &writer)
                }
            case .json, .jsonLines:
                if isObject, row > 0 { writer.raw(",") }
                var separator: StaticString = "{"
                for key in Key.allCases where asked.contains(key) {
                    writer.raw(separator)
                    separator = ","
                    writer.string(key.rawValue)
                    writer.raw(":")
                    Self.write(value(of: key, answer), to: &writer)
                }
                for name in unknown {
                    writer.raw(separator)
                    separator = ","
                    writer.string(name)
                    writer.raw(":null")
                }
                writer.raw(isObject ? "}" : "}\n")
            case .recordIO:
                records.append(
                    Key.allCases.filter(asked.contains).map { ($0.rawValue, Self.floats(of: value(of: $0, answer))) }
                        + unknown.map { ($0, [Float.nan]) }
                )
            }
        }
        if type == .recordIO { return records.bytes }
        if isObject { writer.raw("]}") }
        if style == .batch, type == .csv, output.rowCount > 0 { writer.raw("\n") }
        return writer.bytes
    }

    /// - Parameter answer: The model's output for a row: one number per class, or a single number.
    private func value(of key: Key, _ answer: [Double]) -> Value {
        let name = objective?.name
        let score = answer.max() ?? .nan
        switch key {
        case .label:
            return switch name {
            case "binary:logistic": .integer(score > 0.5 ? 1 : 0)
            case "binary:logitraw": .integer(score > 0 ? 1 : 0)
            case "multi:softprob": .integer(answer.firstIndex(of: score) ?? 0)
            default: .real(score)
            }
        case .labels:
            return .integers(0..<(name?.hasPrefix("multi:") == true ? max(objective?.classCount ?? 0, 0) : 2))
        case .probability, .rawScore, .score: return .real(score)
        case .probabilities, .rawScores:
            return .reals(name == "multi:softprob" ? answer : [1 - score, score])
        }
    }

    private static func floats(of value: Value) -> [Float] {
        switch value {
        case .integer(let integer): [Float(integer)]
        case .real(let real): [Float(real)]
        case .integers(let range): range.map { Float($0) }
        case .reals(let reals): reals.map { Float($0) }
        }
    }

    private static func write(_ value: Value, to writer: inout JSONWriter) {
        switch value {
        case .integer(let integer): writer.number(integer)
        case .real(let real): writer.number(real)
        case .integers(let range): write(range, to: &writer, separator: ",") { $0.number($1) }
        case .reals(let reals): write(reals, to: &writer, separator: ",") { $0.number($1) }
        }
    }

    /// Writes a value as a CSV field. A list is one quoted field, in Python's notation.
    private static func write(field value: Value, to writer: inout JSONWriter) {
        switch value {
        case .integer(let integer): writer.number(integer)
        case .real(let real): writer.field(real)
        case .integers(let range):
            writer.raw("\"")
            write(range, to: &writer, separator: ", ") { $0.number($1) }
            writer.raw("\"")
        case .reals(let reals):
            writer.raw("\"")
            write(reals, to: &writer, separator: ", ") { $0.field($1) }
            writer.raw("\"")
        }
    }

    private static func write<Element>(
        _ elements: some Collection<Element>,
        to writer: inout JSONWriter,
        separator: StaticString,
        _ one: (inout JSONWriter, Element) -> Void
    ) {
        writer.raw("[")
        var isFirst = true
        for element in elements {
            if !isFirst { writer.raw(separator) }
            isFirst = false
            one(&writer, element)
        }
        writer.raw("]")
    }
}
