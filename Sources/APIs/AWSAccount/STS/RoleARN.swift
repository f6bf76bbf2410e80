import AWS

/// The ARN of a role: `arn:aws:iam::ACCOUNT:role/PATH/NAME`.
struct RoleARN: Sendable, Equatable {
    let text: String
    let account: String
    let name: String

    /// - Throws: `ValidationError` if the string is not the ARN of a role.
    init(_ text: String) throws(AWSError) {
        let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 6, parts[0] == "arn", parts[1].hasPrefix("aws") else {
            throw AWSError("ValidationError", "\(text) is invalid")
        }
        let resource = parts[5].split(separator: "/", omittingEmptySubsequences: false)
        let name = resource.last.map(String.init) ?? ""
        guard parts[2] == "iam", parts[3].isEmpty, Self.isAccount(parts[4]), resource.count > 1, resource[0] == "role",
            !name.isEmpty, name.utf8.count <= 64
        else { throw AWSError("ValidationError", "Request ARN is invalid") }
        self.text = text
        account = parts[4]
        self.name = name
    }

    private static func isAccount(_ text: String) -> Bool {
        text.utf8.count == 12 && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}
