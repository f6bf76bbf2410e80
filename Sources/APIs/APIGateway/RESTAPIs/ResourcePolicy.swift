import AWS
import Foundation

/// A resource policy. Calls do not obey policies, so that only one that allows everything is taken.
enum ResourcePolicy {
    /// - Parameter subject: The member that has the policy.
    static func check(_ text: String, in subject: String) throws {
        guard let policy = JSON(parsing: Data(text.utf8)), policy.object != nil, let member = policy["Statement"] else {
            throw AWSError.badRequest(
                "Invalid policy document. Please check the policy syntax and ensure that Principals are valid."
            )
        }
        let statements = member.array ?? [member]
        guard !statements.isEmpty, statements.allSatisfy(isOpen) else {
            throw AWSError.notSupported(
                "A '\(subject)' that does not allow every call",
                "Calls of an API are not authenticated. Leave it out, or protect methods with API keys."
            )
        }
    }

    /// Whether a statement allows every call to everyone.
    private static func isOpen(_ statement: JSON) -> Bool {
        let known: Set<String> = ["Sid", "Effect", "Principal", "Action", "Resource", "Condition"]
        guard let members = statement.object, known.isSuperset(of: members.keys),
            statement["Effect"] == .string("Allow"), statement["Condition"]?.object?.isEmpty ?? true,
            let principal = statement["Principal"]
        else { return false }
        return texts(principal["AWS"] ?? principal).contains("*")
            && texts(statement["Action"]).contains {
                ["*", "execute-api:*", "execute-api:invoke"].contains($0.lowercased())
            }
            && texts(statement["Resource"]).contains(where: isEverything)
    }

    private static func texts(_ value: JSON?) -> [String] {
        value?.string.map { [$0] } ?? value?.array?.compactMap(\.string) ?? []
    }

    /// Whether a resource is all of an API: `*`, `execute-api:/*`, `arn:aws:execute-api:REGION:ACCOUNT:API/*/*/*`.
    private static func isEverything(_ resource: String) -> Bool {
        let parts = resource.split(separator: ":", omittingEmptySubsequences: false)
        guard let last = parts.last else { return false }
        let isNamed =
            parts.count == 1 || parts.count == 2 && parts[0] == "execute-api"
            || parts.count == 6 && parts[0] == "arn" && parts[2] == "execute-api"
        // The first segment is the API's ID, or empty.
        return isNamed && (last == "*" || parts.count > 1 && last.wholeMatch(of: /[^\/]*(\/\*)+/) != nil)
    }
}
