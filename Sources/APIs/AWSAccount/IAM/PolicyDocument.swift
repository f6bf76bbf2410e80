import AWS
import Foundation

/// What is checked of a policy document. It must be a JSON object that is not too large; its statements are not read.
enum PolicyDocument {
    /// Characters of a trust policy.
    static let trustLimit = 4096
    /// Characters of a role's inline policies together, without whitespace.
    static let inlineLimit = 10_240
    /// Characters of a managed policy, without whitespace.
    static let managedLimit = 6144

    static func trust(_ text: String) throws(AWSError) -> String {
        try checkSyntax(text)
        guard size(text) <= trustLimit else {
            throw .limitExceeded("Cannot exceed quota for ACLSizePerRole: \(trustLimit)")
        }
        return text
    }

    static func managed(_ text: String) throws(AWSError) -> String {
        try checkSyntax(text)
        guard size(text) <= managedLimit else {
            throw .limitExceeded("Cannot exceed quota for PolicySize: \(managedLimit)")
        }
        return text
    }

    /// Checks the inline policies of a role together.
    static func checkInline(_ documents: some Collection<String>, of role: String) throws(AWSError) {
        guard documents.reduce(0, { $0 + size($1) }) <= inlineLimit else {
            throw .limitExceeded("Maximum policy size of \(inlineLimit) bytes exceeded for role \(role)")
        }
    }

    /// - Throws: `MalformedPolicyDocument` if the text is not a JSON object.
    static func checkSyntax(_ text: String) throws(AWSError) {
        guard JSON(parsing: Data(text.utf8))?.object != nil else {
            throw AWSError("MalformedPolicyDocument", "This policy contains invalid Json")
        }
    }

    /// The number of characters without whitespace, which is what AWS counts.
    private static func size(_ text: String) -> Int {
        text.unicodeScalars.count { !$0.properties.isWhitespace }
    }
}
