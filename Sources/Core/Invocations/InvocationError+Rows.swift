import Tables

extension InvocationError {
    /// Describes a problem with a row in the words of SageMaker's containers.
    init(_ problem: RowProblem, in format: RowFormat) {
        let status: Int
        switch problem.reason {
        case .width: status = 400
        case .tooManyNumbers: status = 413
        default: status = 415
        }
        self.init(
            status: status,
            message: Self.message(problem, in: format, namesRow: true),
            recordMessage: Self.message(problem, in: format, namesRow: problem.row != 1),
            problem: problem
        )
    }

    private static func message(_ problem: RowProblem, in format: RowFormat, namesRow: Bool) -> String {
        let ofRow = namesRow ? " of row \(problem.row)" : ""
        let column = problem.column ?? 0
        switch problem.reason {
        case .notANumber(let text):
            let what = text.allSatisfy(\.isWhitespace) ? "is empty" : "is not a number: '\(text)'"
            return "Unreadable csv: column \(column)\(ofRow) \(what)."
        case .libsvm(.value): return "Unreadable libsvm: feature \(column)\(ofRow) is not a number."
        case .libsvm: return "Unreadable libsvm: row \(problem.row) is not a list of INDEX:VALUE pairs."
        case .json(let reason): return "Unreadable JSON: \(reason)."
        case .record(let reason):
            return "Unreadable recordio-protobuf: \(namesRow ? "record \(problem.row): " : "")\(reason)"
        case .width(let found, let expected):
            return "Feature size of \(name(of: format)) inference data \(found) is not consistent with feature size of "
                + "trained model \(expected)"
        case .widthUnknown:
            let rows = format == .libsvm ? "libsvm rows" : "sparse records"
            return "The model has no fixed number of features, so \(rows) cannot be read."
        case .tooManyNumbers(let limit):
            return "The sparse rows of the body have more than \(limit) features in total. Send fewer rows."
        case .infinite, .invalidValue: return "Unreadable csv: column \(column)\(ofRow) is out of range."
        }
    }

    private static func name(of format: RowFormat) -> String {
        switch format {
        case .csv: "csv"
        case .json, .jsonLines: "json"
        case .libsvm: "libsvm"
        case .recordIO: "recordio-protobuf"
        }
    }
}
