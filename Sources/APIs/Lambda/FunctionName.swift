import AWS
import Definitions

/// The function that a request names: by its name, by a part of its ARN, or by its ARN, each with or without a qualifier.
struct FunctionName: Equatable {
    let name: String
    /// A version's number, `$LATEST`, or the name of an alias.
    let qualifier: String?

    /// - Parameters:
    ///   - text: Matches the pattern of the service's model.
    ///   - qualifier: The request's own qualifier.
    ///   - region: The region of the request.
    init(_ text: String, qualifier: String? = nil, region: String) throws(AWSError) {
        var parts = text.split(separator: ":", omittingEmptySubsequences: false)[...]
        if parts.count > 3, parts.first == "arn" { parts = parts.dropFirst(3) }
        if parts.count > 1, let first = parts.first, Self.isRegion(first) {
            guard first == region else {
                throw .user(
                    "ResourceNotFoundException",
                    "Functions from '\(first)' are not reachable in this region ('\(region)')",
                    status: 404
                )
            }
            parts = parts.dropFirst()
        }
        // A server has one account; documents have others in their ARNs.
        if parts.count > 1, let first = parts.first, first.utf8.count == 12, first.allSatisfy(\.isNumber) {
            parts = parts.dropFirst()
        }
        if parts.count > 1, parts.first == "function" { parts = parts.dropFirst() }
        name = String(parts.first ?? "")
        let derived = parts.count > 1 ? parts.dropFirst().joined(separator: ":") : nil
        guard derived == nil || qualifier == nil || derived == qualifier else {
            throw .invalidParameter(
                "The derived qualifier from the function name does not match the specified qualifier."
            )
        }
        self.qualifier = derived ?? qualifier
    }

    /// The function that a call's `FunctionName` and `Qualifier` name.
    init(_ call: AWSCall) throws {
        try self.init(
            call.input.required("FunctionName"),
            qualifier: call.input["Qualifier"]?.string,
            region: call.region
        )
    }

    /// The name of the function of a call that takes no qualifier but `$LATEST`.
    static func unqualified(_ call: AWSCall) throws -> String {
        let name = try FunctionName(call)
        guard name.qualifier == nil || name.qualifier == Function.latest else {
            throw AWSError.invalidParameter(
                "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. "
                    + "Please specify either a function name or an unqualified function ARN."
            )
        }
        return name.name
    }

    /// `us-east-1`, `us-gov-west-1`.
    private static func isRegion(_ text: Substring) -> Bool {
        let labels = text.split(separator: "-", omittingEmptySubsequences: false)
        guard (3...5).contains(labels.count), let last = labels.last, last.utf8.count == 1, last.allSatisfy(\.isNumber)
        else { return false }
        return labels.dropLast().allSatisfy { !$0.isEmpty && $0.allSatisfy(\.isLowercase) }
    }

    static func arn(_ name: String, _ qualifier: String? = nil, region: String) -> String {
        "arn:aws:lambda:\(region):\(AWSAccount.id):function:\(name)" + (qualifier.map { ":\($0)" } ?? "")
    }
}
