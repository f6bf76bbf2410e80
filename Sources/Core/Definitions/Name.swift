public import Foundation

/// The rules for the names of workspaces, models, pipelines and tags, and of jobs.
public enum Name {
    /// The pattern that a name must match.
    public static let pattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"
    /// The pattern that a job's name must match, apart from its length, because widespread clients accept no other names.
    public static let jobPattern = "^[A-Za-z0-9](-*[A-Za-z0-9])*$"
    /// The maximum length of the name of a training or transform job.
    public static let jobLimit = 63
    /// The maximum length of the name of a tuning job. The names of its trials are longer.
    public static let tuningJobLimit = 32

    static func isAllowed(_ name: String) -> Bool {
        guard (1...63).contains(name.utf8.count) else { return false }
        return name.utf8.first.map(isAlphanumeric) == true
            && name.utf8.allSatisfy { isAlphanumeric($0) || ".-_".utf8.contains($0) }
    }

    static func isAllowed(job name: String, limit: Int) -> Bool {
        guard (1...limit).contains(name.utf8.count), let first = name.utf8.first, let last = name.utf8.last else {
            return false
        }
        return isAlphanumeric(first) && isAlphanumeric(last)
            && name.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }

    /// Returns whether S3 allows the name for a bucket.
    package static func isAllowed(bucket name: String) -> Bool {
        guard (3...63).contains(name.utf8.count), let first = name.utf8.first, let last = name.utf8.last,
            isAlphanumeric(first), isAlphanumeric(last), !name.contains(".."),
            name.utf8.allSatisfy({
                isAlphanumeric($0) && !(UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) || ".-".utf8.contains($0)
            })
        else { return false }
        let labels = name.split(separator: ".")
        return !(labels.count == 4 && labels.allSatisfy { Int($0) != nil })
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    /// Checks a name, and returns it.
    ///
    /// - Parameters:
    ///   - what: The kind of name, for the message: `"model name"`.
    ///   - field: The field of the request.
    @discardableResult
    public static func check(_ name: String, what: String, field: String) throws(RoostError) -> String {
        guard isAllowed(name) else {
            throw RoostError(
                .invalidInput,
                "'\(name.prefix(80))' is not a valid \(what). It must be 1 to 63 letters, digits, '.', '_' or '-', "
                    + "and start with a letter or digit.",
                field: field
            )
        }
        return name
    }

    /// Checks the name of a new job, in the field `name`.
    ///
    /// - Parameter limit: The maximum length: ``jobLimit`` or ``tuningJobLimit``.
    public static func checkJob(_ name: String, limit: Int = jobLimit) throws(RoostError) {
        guard !name.isEmpty else { throw RoostError(.invalidInput, "The field 'name' is missing.", field: "name") }
        guard isAllowed(job: name, limit: limit) else {
            throw RoostError(
                .invalidInput,
                "'\(name.prefix(80))' is not a valid \(limit == jobLimit ? "job" : "tuning job") name. It must be 1 to "
                    + "\(limit) letters, digits or '-', and start and end with a letter or digit.",
                field: "name"
            )
        }
    }

    /// Generates a name for a job without one, from `base` and the time.
    ///
    /// - Parameter base: Any string with a letter or digit. Characters that are not allowed in names become `-`.
    public static func madeUp(for base: String, at time: Date) -> String {
        let format = Date.ISO8601FormatStyle(timeZone: .gmt).year().month().day().dateSeparator(.dash)
            .dateTimeSeparator(.standard).time(includingFractionalSeconds: true).timeSeparator(.omitted)
        let dash = UInt8(ascii: "-")
        let moment = format.format(time).utf8.filter { isAlphanumeric($0) || $0 == dash }
        let subject = base.utf8.map { isAlphanumeric($0) ? $0 : dash }.drop { $0 == dash }.prefix(38)
        return String(decoding: subject + [dash] + moment, as: UTF8.self)
    }
}
