import AWS

/// The ARN of a managed policy: `arn:aws:iam::ACCOUNT:policy/PATH/NAME`. The account of AWS's own policies is `aws`.
struct ManagedPolicyARN: Sendable, Equatable {
    /// The beginning of the ARNs of AWS's own policies.
    static let prefix = "arn:aws:iam::aws:policy/"

    let text: String
    let account: String
    let path: String
    let name: String

    /// - Throws: `ValidationError` if the string is not an ARN, and `InvalidInput` if it is not the ARN of a policy.
    init(_ text: String) throws(AWSError) {
        let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 6, parts[0] == "arn" else {
            throw AWSError("ValidationError", "Invalid ARN:  Could not be parsed!")
        }
        let resource = parts[5].split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let isNamed = resource.count > 1 && resource[0] == "policy" && resource.dropFirst().allSatisfy(Self.isName)
        guard parts[1].hasPrefix("aws"), parts[2] == "iam", parts[3].isEmpty, Self.isAccount(parts[4]), isNamed else {
            throw AWSError("InvalidInput", "ARN \(text) is not valid.")
        }
        self.text = text
        account = parts[4]
        path = "/" + resource[1..<(resource.count - 1)].map { $0 + "/" }.joined()
        name = resource[resource.count - 1]
    }

    /// Makes the ARN of a policy of this account.
    init(path: String, name: String) {
        text = "arn:aws:iam::\(AWSAccount.id):policy\(path)\(name)"
        account = AWSAccount.id
        self.path = path
        self.name = name
    }

    /// Whether this is one of AWS's own policies. Any name is accepted, because there is no list of them here.
    var isOfAWS: Bool { account == "aws" }

    private static func isAccount(_ text: String) -> Bool {
        text == "aws"
            || (text.utf8.count == 12 && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    }

    /// Whether a part of the path, or the name, has only the characters that names may have.
    private static func isName(_ part: String) -> Bool {
        (1...128).contains(part.utf8.count)
            && part.unicodeScalars.allSatisfy { scalar in
                switch scalar {
                case "a"..."z", "A"..."Z", "0"..."9", "_", "+", "=", ",", ".", "@", "-": true
                default: false
                }
            }
    }
}
