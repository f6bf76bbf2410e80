import AWS
import Foundation
import Testing

@testable import AWSAccount

/// ARNs, identifiers, tags and pages.
@Suite("Names in IAM")
struct IAMNameTests {
    @Test("the ARN of a managed policy has an account, a path and a name")
    func policies() throws {
        let own = try ManagedPolicyARN("arn:aws:iam::000000000000:policy/a/b/Name+=,.@-_")
        #expect((own.account, own.path, own.name) == ("000000000000", "/a/b/", "Name+=,.@-_"))
        #expect(!own.isOfAWS && own == ManagedPolicyARN(path: "/a/b/", name: "Name+=,.@-_"))
        let plain = try ManagedPolicyARN("arn:aws:iam::aws:policy/AmazonSageMakerFullAccess")
        #expect((plain.account, plain.path, plain.name) == ("aws", "/", "AmazonSageMakerFullAccess"))
        #expect(plain.isOfAWS)
        let role = try ManagedPolicyARN("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole")
        #expect((role.path, role.name) == ("/service-role/", "AWSLambdaBasicExecutionRole"))
    }

    @Test(
        "a string without the parts of an ARN is not parsed",
        arguments: ["", "name", "arn:aws:iam::aws", "urn:a:b:c:d:e"]
    )
    func unparsed(text: String) {
        #expect(throws: AWSError("ValidationError", "Invalid ARN:  Could not be parsed!")) {
            try ManagedPolicyARN(text)
        }
    }

    @Test(
        "an ARN of something else is not valid",
        arguments: [
            "arn:aws:s3:::bucket", "arn:aws:iam::aws:role/r", "arn:aws:iam::aws:policy/", "arn:aws:iam::aws:policy",
            "arn:aws:iam::aws:policy//a", "arn:aws:iam::1:policy/a", "arn:aws:iam:us-east-1:aws:policy/a",
            "arn:aws:iam::aws:policy/a b", "arn:aws:iam::aws:policy/é", "arn:x:iam::aws:policy/a",
            "arn:aws:iam::aws:policy/a:b", "arn:aws:iam::٠٠٠٠٠٠٠٠٠٠٠٠:policy/a",
        ]
    )
    func invalid(text: String) {
        #expect(throws: AWSError("InvalidInput", "ARN \(text) is not valid.")) { try ManagedPolicyARN(text) }
    }

    @Test("the ARN of a role has an account and a name")
    func roles() throws {
        let role = try RoleARN("arn:aws:iam::123456789012:role/service-role/Name")
        #expect((role.account, role.name) == ("123456789012", "Name"))
        #expect(try RoleARN(IAMRole.own.arn).name == IAMRole.own.name)
        #expect(throws: AWSError("ValidationError", "a role is invalid")) { try RoleARN("a role") }
    }

    @Test(
        "an ARN of something else cannot be assumed",
        arguments: [
            "arn:aws:iam::123456789012:user/u", "arn:aws:iam::123456789012:role/", "arn:aws:iam::aws:role/r",
            "arn:aws:sts::123456789012:assumed-role/r/s", "arn:aws:s3:::bucket", "arn:aws:iam::123456789012:role",
            "arn:aws:iam::123456789012:role/" + String(repeating: "a", count: 65),
        ]
    )
    func unassumable(text: String) {
        #expect(throws: AWSError("ValidationError", "Request ARN is invalid")) { try RoleARN(text) }
    }

    @Test("identifiers have a type and 17 characters")
    func identifiers() {
        let derived = IAMIdentifier.role(of: "arn:aws:iam::123456789012:role/r")
        #expect(derived == IAMIdentifier.role(of: "arn:aws:iam::123456789012:role/r"))
        for id in [IAMIdentifier.role(), derived, IAMRole.own.id] {
            #expect(id.wholeMatch(of: /AROA[A-Z2-7]{17}/) != nil)
        }
        for id in [IAMIdentifier.policy(), IAMIdentifier.policy(of: "a")] {
            #expect(id.wholeMatch(of: /ANPA[A-Z2-7]{17}/) != nil)
        }
        #expect(IAMIdentifier.role() != IAMIdentifier.role())
        #expect(IAMIdentifier.policy(of: "a") != IAMIdentifier.policy(of: "b"))
    }

    private func tags(_ keys: String...) -> JSON {
        .object(["Tags": .array(keys.map { .object(["Key": .string($0), "Value": .string("v")]) })])
    }

    @Test("the keys of tags ignore case, and the newest tag counts")
    func tagging() throws {
        let text = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
        #expect(throws: AWSError("InvalidInput", text)) { try IAMTag.list(tags("a", "A")) }
        var all = try IAMTag.list(tags("a", "b"))
        try all.merge([IAMTag(key: "A", value: "w")])
        #expect(all == [IAMTag(key: "b", value: "v"), IAMTag(key: "A", value: "w")])
        all.remove(keys: ["B", "none"])
        #expect(all.map(\.key) == ["A"])
    }

    @Test("a role has at most 50 tags")
    func tagLimit() throws {
        var all = (0..<50).map { IAMTag(key: "\($0)", value: "") }
        try all.merge([IAMTag(key: "49", value: "w")])
        let error = AWSError("LimitExceeded", "The number of tags has reached the maximum limit.", status: 409)
        #expect(throws: error) { try all.merge([IAMTag(key: "50", value: "")]) }
    }

    @Test("pages cover a list in order, although elements are deleted between them")
    func pages() throws {
        var names = ["d", "a", "c", "e", "b"]
        var seen: [String] = []
        var input: [String: JSON] = ["MaxItems": .number(2)]
        while true {
            let output = try IAMPage(.object(input)).output("Names", names.map { ($0, .string($0)) })
            seen += output["Names"]?.array?.compactMap(\.string) ?? []
            #expect(output["IsTruncated"] == .bool(output["Marker"] != nil))
            guard let marker = output["Marker"] else { break }
            input["Marker"] = marker
            names.removeAll { $0 == "b" }
        }
        #expect(seen == ["a", "b", "c", "d", "e"])
    }

    @Test("a marker that no page returned is not valid", arguments: ["?", "a", "/w=="])
    func markers(marker: String) {
        #expect(throws: AWSError("ValidationError", "Invalid Marker.")) {
            try IAMPage(.object(["Marker": .string(marker)]))
        }
    }
}
