import AWS
import Encodings
import Foundation

/// What the signer of a form allows it to contain.
///
/// - Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
struct PostPolicy {
    private enum Condition {
        case equals(name: String, value: String)
        case startsWith(name: String, prefix: String)
        case byteCount(ClosedRange<Int>)
    }

    /// Fields that need no condition: the signature and its inputs.
    private static let free: Set<String> = [
        "policy", "x-amz-signature", "awsaccesskeyid", "signature", "bucket",
    ]

    private let expiration: Date
    private let conditions: [Condition]

    /// - Parameter text: Base64-encoded JSON, as it is signed.
    init(_ text: String) throws(AWSError) {
        guard let data = Data(base64Encoded: text), let document = JSON(parsing: data) else {
            throw Self.invalid("it is not Base64-encoded JSON")
        }
        guard let expiration = document["expiration"]?.string.flatMap(RFC3339.date) else {
            throw Self.invalid("its expiration is not a valid time such as 2030-01-01T12:00:00Z")
        }
        guard let conditions = document["conditions"]?.array else { throw Self.invalid("it has no conditions") }
        self.expiration = expiration
        var read: [Condition] = []
        for condition in conditions {
            if let members = condition.strings, members.count == condition.object?.count {
                read += members.map { .equals(name: $0.key.lowercased(), value: $0.value) }
            } else if let parts = condition.array, parts.count == 3 {
                read.append(try Self.condition(parts))
            } else {
                throw Self.invalid("a condition must be an object of strings or a list of three elements")
            }
        }
        self.conditions = read
    }

    private static func condition(_ parts: [JSON]) throws(AWSError) -> Condition {
        let kind = parts[0].string?.lowercased()
        if kind == "content-length-range" {
            let bounds = parts[1...].map { $0.int ?? $0.string.flatMap { Int($0) } ?? -1 }
            guard bounds[0] >= 0, bounds[1] >= bounds[0] else { throw invalid("its content-length-range is not valid") }
            return .byteCount(bounds[0]...bounds[1])
        }
        guard let name = parts[1].string, name.hasPrefix("$"), let value = parts[2].string else {
            throw invalid("a condition does not name a field such as $key")
        }
        let field = name.dropFirst().lowercased()
        switch kind {
        case "eq": return .equals(name: field, value: value)
        case "starts-with": return .startsWith(name: field, prefix: value)
        default: throw invalid("a condition must be eq, starts-with or content-length-range")
        }
    }

    private static func invalid(_ reason: String) -> AWSError {
        AWSError("InvalidPolicyDocument", "The policy document of the form cannot be read: \(reason).")
    }

    /// The allowed size of the file in bytes.
    var byteCount: ClosedRange<Int> {
        conditions.reduce(0...Int.max) { range, condition in
            guard case .byteCount(let next) = condition, range.overlaps(next) else { return range }
            return range.clamped(to: next)
        }
    }

    /// Checks that the policy has not expired, and that each field of the form meets a condition.
    ///
    /// - Parameter fields: The fields by their names in lower case, including the final key and the bucket.
    func verify(_ fields: [String: String], now: Date) throws(AWSError) {
        func denied(_ reason: String) -> AWSError {
            AWSError("AccessDenied", "Invalid according to Policy: \(reason)", status: 403)
        }
        guard now <= expiration else { throw denied("Policy expired.") }
        var known = Self.free
        for condition in conditions {
            switch condition {
            case .byteCount: break
            case .equals(let name, let value):
                known.insert(name)
                guard fields[name] == value else {
                    throw denied("Policy Condition failed: [\"eq\", \"$\(name)\", \"\(value)\"]")
                }
            case .startsWith(let name, let prefix):
                known.insert(name)
                guard (fields[name] ?? "").hasPrefix(prefix), prefix.isEmpty || fields[name] != nil else {
                    throw denied("Policy Condition failed: [\"starts-with\", \"$\(name)\", \"\(prefix)\"]")
                }
            }
        }
        let extra = fields.keys.filter { !known.contains($0) && !$0.hasPrefix("x-ignore-") }
        if let name = extra.min() { throw denied("Extra input fields: \(name)") }
    }
}
