import Foundation

/// What the files of a channel are written in, as its content type says.
struct ContentType: Sendable, Equatable {
    enum Format: Sendable {
        case csv
        case libsvm
    }

    var format: Format
    /// Columns at the beginning of a csv row that are labels: 0 or 1.
    var labelCount: Int

    /// - Parameters:
    ///   - text: `csv`, `text/csv;label_size=0`, `text/libsvm` …; `nil` where the channel says nothing.
    ///   - fallback: What the algorithm takes for granted then.
    init(_ text: String?, channel: String, fallback: Format, labelCount: Int) throws(LearningError) {
        let parts = (text ?? "").lowercased().split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) }
        self.labelCount = labelCount
        switch parts.first ?? "" {
        case "": format = fallback
        case "csv", "text/csv": format = .csv
        case "libsvm", "text/libsvm", "text/x-libsvm": format = .libsvm
        default:
            throw .client(
                "the content type '\(text ?? "")' of channel '\(channel)' is not one of text/csv and text/libsvm."
            )
        }
        for parameter in parts.dropFirst() {
            let pair = parameter.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            guard pair.first == "label_size" else { continue }
            guard pair.count == 2, let count = Int(pair[1]), (0...1).contains(count) else {
                throw .client("the content type of channel '\(channel)' has '\(parameter)': label_size is 0 or 1.")
            }
            self.labelCount = count
        }
    }
}
