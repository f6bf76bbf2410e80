package import Foundation

/// The operations of STS and IAM that SDKs use to find out their identity: forms in, XML out.
package struct QueryService: Sendable {
    typealias Operation = @Sendable (_ form: Form) throws(AWSError) -> Element

    package init() {}

    /// The only role. SDKs derive it from the caller's ARN; because of its name, they need not look it up in IAM.
    static let roleName = "AmazonSageMaker-ExecutionRole-Roost"
    static let rolePath = "/service-role/"
    static let roleARN = "arn:aws:iam::\(SageMakerService.account):role\(rolePath)\(roleName)"
    private static let roleIdentifier = "AROAROOST00000000000"

    private struct Service: Sendable {
        let namespace: String
        let version: String
        let operations: [String: Operation]
    }

    private static let services: [String: Service] = [
        "sts": Service(
            namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
            version: "2011-06-15",
            operations: ["GetCallerIdentity": { _ in callerIdentity }]
        ),
        "iam": Service(
            namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
            version: "2010-05-08",
            operations: [
                "GetRole": { form throws(AWSError) in try role(form) },
                // The SDK continues only after this error, which it takes as "cannot determine".
                "SimulatePrincipalPolicy": { _ throws(AWSError) in
                    throw AWSError("AccessDenied", "Policy simulation is not supported by this server.", status: 403)
                },
            ]
        ),
    ]

    /// Returns the names of a service's supported operations.
    package static func operations(of service: String) -> [String] {
        (services[service]?.operations.keys).map { $0.sorted() } ?? []
    }

    /// Responds to a request. Errors have the shape of the query protocol.
    ///
    /// - Parameters:
    ///   - query: The URL's query, which holds the form if the body is empty.
    package func respond(service name: String, query: String, body: Data, requestID: String) -> AWSAnswer {
        do throws(AWSError) {
            let form = try Form(body.isEmpty ? query : String(decoding: body, as: UTF8.self))
            return Self.answer(try run(name, form, requestID), status: 200)
        } catch {
            return Self.answer(error, service: name, requestID: requestID)
        }
    }

    private func run(_ name: String, _ form: Form, _ requestID: String) throws(AWSError) -> Element {
        guard let service = Self.services[name] else {
            throw AWSError("InvalidAction", "Service '\(name)' is not supported by this server.")
        }
        guard let action = form["Action"], !action.isEmpty else {
            throw AWSError("MissingAction", "Missing parameter 'Action'.")
        }
        guard let operation = service.operations[action] else {
            let version = form["Version"] ?? service.version
            throw AWSError("InvalidAction", "Could not find operation \(action) for version \(version)")
        }
        var result = try operation(form)
        result.name = action + "Result"
        let metadata = Element("ResponseMetadata", [Element("RequestId", requestID)])
        return Element(action + "Response", namespace: service.namespace, [result, metadata])
    }

    /// Returns an error response in the shape of the query protocol.
    package static func answer(_ error: AWSError, service: String, requestID: String) -> AWSAnswer {
        let description = Element(
            "Error",
            [
                Element("Type", error.status < 500 ? "Sender" : "Receiver"), Element("Code", error.code),
                Element("Message", error.message),
            ]
        )
        let root = Element(
            "ErrorResponse",
            namespace: services[service]?.namespace,
            [description, Element("RequestId", requestID)]
        )
        return answer(root, status: error.status)
    }

    static func answer(_ root: Element, status: Int) -> AWSAnswer {
        var answer = AWSAnswer()
        answer.status = status
        answer.contentType = "text/xml"
        answer.body = Data(("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + root.text).utf8)
        return answer
    }

    // MARK: Operations

    private static var callerIdentity: Element {
        // An assumed role, because SDKs cannot derive a role from anything else.
        let account = SageMakerService.account
        return Element(
            "",
            [
                Element("Arn", "arn:aws:sts::\(account):assumed-role/\(roleName)/SageMaker"),
                Element("UserId", "\(roleIdentifier):SageMaker"), Element("Account", account),
            ]
        )
    }

    private static func role(_ form: Form) throws(AWSError) -> Element {
        guard let name = form["RoleName"], !name.isEmpty else {
            throw AWSError(
                "ValidationError",
                "Value null at 'roleName' failed to satisfy constraint: Member must not be null"
            )
        }
        // Every role name is accepted because roles grant nothing here. Only the server's own role has a path.
        let isOurs = name == roleName
        let policy = """
            {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"sagemaker.amazonaws.com"},\
            "Action":"sts:AssumeRole"}]}
            """
        return Element(
            "",
            [
                Element(
                    "Role",
                    [
                        Element("Path", isOurs ? rolePath : "/"), Element("RoleName", name),
                        Element("RoleId", roleIdentifier),
                        Element(
                            "Arn",
                            isOurs ? roleARN : "arn:aws:iam::\(SageMakerService.account):role/\(name)"
                        ),
                        Element("CreateDate", "2026-01-01T00:00:00Z"),
                        Element(
                            "AssumeRolePolicyDocument",
                            policy.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? policy
                        ),
                        Element("MaxSessionDuration", "3600"),
                    ]
                )
            ]
        )
    }
}

extension QueryService {
    /// A form of `name=value` pairs. The first value of a name wins.
    struct Form: Sendable {
        /// More than any operation takes.
        private static let pairLimit = 1000

        private var values: [String: String] = [:]

        /// - Throws: `MalformedQueryString` if there are too many pairs.
        init(_ text: some StringProtocol) throws(AWSError) {
            let pairs = text.split(separator: "&", maxSplits: Self.pairLimit)
            guard pairs.count <= Self.pairLimit else {
                throw AWSError("MalformedQueryString", "Too many parameters. The limit is \(Self.pairLimit).")
            }
            for pair in pairs {
                let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                let decoded = parts.map {
                    let spaced = $0.replacingOccurrences(of: "+", with: " ")
                    return spaced.removingPercentEncoding ?? spaced
                }
                if values[decoded[0]] == nil { values[decoded[0]] = decoded.count > 1 ? decoded[1] : "" }
            }
        }

        subscript(name: String) -> String? { values[name] }
    }

    /// An XML element that contains text or elements.
    struct Element: Sendable {
        var name: String
        private let namespace: String?
        private let content: String
        private let children: [Element]

        init(_ name: String, _ content: String) {
            (self.name, namespace, self.content, children) = (name, nil, content, [])
        }

        init(_ name: String, namespace: String? = nil, _ children: [Element]) {
            (self.name, self.namespace, content, self.children) = (name, namespace, "", children)
        }

        var text: String {
            let attribute = namespace.map { " xmlns=\"\($0)\"" } ?? ""
            let inner = children.isEmpty ? Self.escaped(content) : children.map(\.text).joined()
            return "<\(name)\(attribute)>\(inner)</\(name)>"
        }

        private static func escaped(_ text: String) -> String {
            var escaped = ""
            for scalar in text.unicodeScalars {
                switch scalar {
                case "&": escaped += "&amp;"
                case "<": escaped += "&lt;"
                case ">": escaped += "&gt;"
                case "\t", "\n", "\r": escaped += "&#\(scalar.value);"
                // XML 1.0 cannot represent the other control characters.
                case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF:
                    escaped += "\u{FFFD}"
                default: escaped.unicodeScalars.append(scalar)
                }
            }
            return escaped
        }
    }
}
