/// The services that a server speaks, and how to tell the service of a request.
package struct AWSDirectory: Sendable {
    package let services: [AWSServiceDescription]

    package init(_ services: [AWSServiceDescription]) { self.services = services }

    /// Detects the protocol from a request's head; `nil` if it is not an AWS request.
    ///
    /// - Parameters:
    ///   - path: The percent-encoded path, without the query.
    ///   - query: The percent-encoded query, without the `?`.
    ///   - header: Returns the value of a header, given its name in lower case.
    package func kind(method: String, path: String, query: String, header: (String) -> String?) -> AWSProtocol? {
        if let target = header("x-amz-target") {
            let parts = target.split(separator: ".", maxSplits: 1)
            return .json(target: String(parts.first ?? ""), operation: parts.count > 1 ? String(parts[1]) : "")
        }
        let host = header("host").flatMap { AWSHost($0) }
        if let bucket = host?.bucket, services.contains(where: { $0.usageDataBuckets.map(bucket.hasPrefix) == true }) {
            return .usageData
        }
        let scope = CredentialScope(query: query, header: header)
        if scope == nil, Self.isForm(method: method, path: path, host: host, header: header) { return .s3Form }
        guard let name = scope?.service ?? host?.service else {
            return SignatureVersion2.isPresent(query: query, header: header) ? .s3 : nil
        }
        if name == "s3" { return .s3 }
        for service in services where service.signingName == name {
            if service.query != nil, header("smithy-protocol") == nil { return .query(service: service.name) }
            if service.acceptsPath?(method, path) == true { return .rest(service: service.name) }
            if !service.rest.isEmpty,
                RESTOperation.find(service.rest, method: method, path: path, query: query) != nil
            {
                return .rest(service: service.name)
            }
        }
        return .unknown(service: name)
    }

    /// Whether a request posts a form to a bucket, which is named in the path or the host.
    private static func isForm(method: String, path: String, host: AWSHost?, header: (String) -> String?) -> Bool {
        guard method == "POST", header("authorization") == nil,
            header("content-type")?.lowercased().hasPrefix("multipart/form-data") == true
        else { return false }
        let names = path.split(separator: "/").count
        return host == nil ? names == 1 : names == (host?.bucket == nil ? 1 : 0) && host?.service == "s3"
    }

    package subscript(name: String) -> AWSServiceDescription? { services.first { $0.name == name } }

    /// The name that a request's credential scope must have; `nil` if any will do.
    package func signingName(of kind: AWSProtocol) -> String? {
        switch kind {
        case .json(let target, _): services.first { $0.target == target }?.signingName
        case .query(let service), .rest(let service): self[service]?.signingName
        case .s3: "s3"
        case .unknown, .usageData, .s3Form: nil
        }
    }

    /// The format of the errors for a request's protocol.
    package func errorShape(of kind: AWSProtocol, header: (String) -> String?) -> AWSErrorShape {
        switch kind {
        case .json: .json
        case .query(let service): .query(namespace: self[service]?.query?.namespace)
        case .rest: .rest
        case .s3, .s3Form: .s3
        case .unknown, .usageData:
            AWSErrorShape(contentType: header("content-type"), smithyProtocol: header("smithy-protocol"))
        }
    }
}
