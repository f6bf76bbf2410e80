import AWS
import Buckets
import Definitions
import Foundation

// The rules by which a bucket's objects expire.
extension S3Service {
    func putLifecycle(_ request: S3Request, _ body: S3Body) async throws -> S3Response {
        try await bucket(request)
        try await keepJSON(LifecycleRules(parsing: await document(request, body)), as: .lifecycle, request)
        await buckets.expiry.wake()
        return S3Response()
    }

    func getLifecycle(_ request: S3Request) async throws -> S3Response {
        try await bucket(request)
        guard let rules = try await buckets.lifecycle(of: request.bucket) else {
            throw AWSError(
                "NoSuchLifecycleConfiguration",
                "The lifecycle configuration does not exist",
                status: 404
            )
        }
        return S3Response(xml: rules.xml)
    }
}

extension LifecycleRules {
    /// Reads a `LifecycleConfiguration`. What would move objects to another class is refused.
    init(parsing document: [UInt8]) throws(AWSError) {
        let root = try XMLElement(parsing: document, named: "LifecycleConfiguration")
        var rules: [Rule] = []
        for element in root.children {
            guard element.name == "Rule" else { throw XMLElement.malformed("unexpected <\(element.name.prefix(40))>") }
            rules.append(try Rule(element, number: rules.count + 1))
        }
        guard (1...Self.ruleLimit).contains(rules.count) else {
            throw XMLElement.malformed("expected 1 to \(Self.ruleLimit) rules")
        }
        guard Set(rules.map(\.id)).count == rules.count else {
            throw AWSError("InvalidArgument", "Rule ID must be unique. Found same ID for more than one rule")
        }
        self.init(rules: rules)
    }

    fileprivate static func days(_ element: XMLElement?, _ name: String) throws(AWSError) -> Int? {
        guard let text = element?.child(name)?.text else { return nil }
        guard let days = Int(text), (1...dayLimit).contains(days) else {
            throw AWSError("InvalidArgument", "'\(name)' must be a positive integer")
        }
        return days
    }

    var xml: XMLWriter {
        var xml = XMLWriter()
        xml.element("LifecycleConfiguration", namespace: XMLWriter.namespace) { xml in
            for rule in rules { xml.element("Rule") { rule.write(to: &$0) } }
        }
        return xml
    }
}

extension LifecycleRules.Rule {
    fileprivate init(_ element: XMLElement, number: Int) throws(AWSError) {
        let status = element.child("Status")?.text
        guard status == "Enabled" || status == "Disabled" else { throw XMLElement.malformed("expected <Status>") }
        let id = element.child("ID")?.text ?? ""
        guard id.utf8.count <= 255 else {
            throw AWSError("InvalidArgument", "ID length should not exceed allowed limit of 255")
        }
        self.init(id: id.isEmpty ? "rule-\(number)" : id, isEnabled: status == "Enabled")
        for name in ["Transition", "NoncurrentVersionTransition"] where element.child(name) != nil {
            throw S3Service.notImplemented("a lifecycle rule with <\(name)>")
        }
        // A misspelled condition must not make a rule one for all objects.
        try element.checkChildren(Self.members)
        try element.child("Expiration")?.checkChildren(["Days", "Date", "ExpiredObjectDeleteMarker"])
        try element.child("AbortIncompleteMultipartUpload")?.checkChildren(["DaysAfterInitiation"])
        try element.child("NoncurrentVersionExpiration")?.checkChildren(["NoncurrentDays", "NewerNoncurrentVersions"])
        guard (element.child("Filter") == nil) != (element.child("Prefix") == nil) else {
            throw XMLElement.malformed("expected one of <Filter> and <Prefix>")
        }
        try readFilter(element)
        let expiration = element.child("Expiration")
        days = try LifecycleRules.days(expiration, "Days")
        if let text = expiration?.child("Date")?.text {
            guard let date = try? Date(text, strategy: .iso8601) else {
                throw XMLElement.malformed("an invalid <Date>")
            }
            guard date.timeIntervalSince1970.truncatingRemainder(dividingBy: 86_400) == 0 else {
                throw AWSError("InvalidArgument", "'Date' must be at midnight GMT")
            }
            self.date = date
        }
        if let text = expiration?.child("ExpiredObjectDeleteMarker")?.text {
            expiresDeleteMarkers = text.lowercased() == "true"
        }
        guard
            [days != nil, date != nil, expiresDeleteMarkers != nil].count(where: { $0 }) == (expiration == nil ? 0 : 1)
        else { throw XMLElement.malformed("expected one of <Days>, <Date> and <ExpiredObjectDeleteMarker>") }
        uploadDays = try LifecycleRules.days(element.child("AbortIncompleteMultipartUpload"), "DaysAfterInitiation")
        let noncurrent = element.child("NoncurrentVersionExpiration")
        noncurrentDays = try LifecycleRules.days(noncurrent, "NoncurrentDays")
        newerNoncurrentVersions = try LifecycleRules.days(noncurrent, "NewerNoncurrentVersions")
        guard expiration != nil || uploadDays != nil || noncurrentDays != nil else {
            throw AWSError("InvalidRequest", "At least one action needs to be specified in a rule")
        }
        guard uploadDays == nil || tags.isEmpty && largerThan == nil && smallerThan == nil else {
            throw AWSError("InvalidRequest", "AbortIncompleteMultipartUpload cannot be specified with Tags or sizes")
        }
    }

    private static let members: Set<String> = [
        "ID", "Status", "Filter", "Prefix", "Expiration", "AbortIncompleteMultipartUpload",
        "NoncurrentVersionExpiration",
    ]

    private mutating func readFilter(_ element: XMLElement) throws(AWSError) {
        if let prefix = element.child("Prefix") { self.prefix = prefix.text }
        guard let filter = element.child("Filter") else { return }
        guard filter.children.count <= 1 else { throw XMLElement.malformed("more than one condition in <Filter>") }
        let conditions = filter.child("And")?.children ?? filter.children
        let single = conditions.map(\.name).filter { $0 != "Tag" }
        guard Set(single).count == single.count else { throw XMLElement.malformed("a condition twice in <And>") }
        for condition in conditions {
            switch condition.name {
            case "Prefix": prefix = condition.text
            case "Tag":
                guard let key = condition.child("Key")?.text, let value = condition.child("Value")?.text else {
                    throw XMLElement.malformed("expected <Key> and <Value> in <Tag>")
                }
                tags.append(ObjectTag(key: key, value: value))
            case "ObjectSizeGreaterThan": largerThan = try Self.size(condition)
            case "ObjectSizeLessThan": smallerThan = try Self.size(condition)
            default: throw XMLElement.malformed("unexpected <\(condition.name.prefix(40))>")
            }
        }
    }

    private static func size(_ element: XMLElement) throws(AWSError) -> Int {
        guard let size = Int(element.text), size >= 0 else {
            throw AWSError("InvalidArgument", "'\(element.name)' must be a number of bytes")
        }
        return size
    }

    fileprivate func write(to xml: inout XMLWriter) {
        xml.element("ID", id)
        xml.element("Filter") { xml in
            let count = tags.count + (largerThan == nil ? 0 : 1) + (smallerThan == nil ? 0 : 1)
            if count == 0 || count == 1 && prefix.isEmpty {
                writeConditions(to: &xml)
            } else {
                xml.element("And") { writeConditions(to: &$0) }
            }
        }
        xml.element("Status", isEnabled ? "Enabled" : "Disabled")
        if days != nil || date != nil || expiresDeleteMarkers != nil {
            xml.element("Expiration") { xml in
                if let days { xml.element("Days", "\(days)") }
                if let date { xml.element("Date", date) }
                if let expiresDeleteMarkers { xml.element("ExpiredObjectDeleteMarker", "\(expiresDeleteMarkers)") }
            }
        }
        if noncurrentDays != nil || newerNoncurrentVersions != nil {
            xml.element("NoncurrentVersionExpiration") { xml in
                if let noncurrentDays { xml.element("NoncurrentDays", "\(noncurrentDays)") }
                if let newerNoncurrentVersions { xml.element("NewerNoncurrentVersions", "\(newerNoncurrentVersions)") }
            }
        }
        if let uploadDays {
            xml.element("AbortIncompleteMultipartUpload") { $0.element("DaysAfterInitiation", "\(uploadDays)") }
        }
    }

    private func writeConditions(to xml: inout XMLWriter) {
        if !prefix.isEmpty || tags.isEmpty && largerThan == nil && smallerThan == nil { xml.element("Prefix", prefix) }
        for tag in tags {
            xml.element("Tag") { xml in
                xml.element("Key", tag.key)
                xml.element("Value", tag.value)
            }
        }
        if let largerThan { xml.element("ObjectSizeGreaterThan", "\(largerThan)") }
        if let smallerThan { xml.element("ObjectSizeLessThan", "\(smallerThan)") }
    }
}
