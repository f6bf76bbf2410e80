import AWS
import Definitions
import Encodings
import Foundation
import Outgoing

/// Values of mapped parameters.
extension RESTCall {
    /// The value of a mapped parameter; `nil` if there is none.
    func value(_ source: MappingSource, _ outcome: RESTExecution.Outcome? = nil) -> String? {
        switch source {
        case .constant(let text): text
        case .requestHeader(let name): request.header(name.lowercased())
        case .requestQuery(let name): request.parameters.last { $0.name == name }?.value
        case .requestPath(let name): pathParameters[name]
        case .requestBody: String(decoding: request.body, as: UTF8.self)
        case .responseHeader(let name):
            outcome?.headers.last { $0.name.lowercased() == name.lowercased() }?.value
        case .responseBody: outcome.map { String(decoding: $0.body, as: UTF8.self) }
        case .stageVariable(let name): stageVariables[name]
        case .context(let name): context(name)
        }
    }

    private func context(_ name: String) -> String? {
        switch name {
        case "requestId": request.requestID
        case "extendedRequestId": ids.extended
        case "apiId": apiID
        case "stage": stage
        case "httpMethod": request.method
        case "resourceId": route.resourceID
        case "resourcePath": route.path
        case "path": fullPath
        case "domainName": request.host
        case "requestTime": request.logTime
        case "accountId": AWSAccount.id
        case "identity.sourceIp": request.sourceAddress
        case "identity.userAgent": request.header("user-agent")
        default: nil
        }
    }

    /// The headers of a mapped response. A value that is not valid in a header is left out.
    func headers(
        _ parameters: [String: String]?,
        _ outcome: RESTExecution.Outcome
    ) throws -> [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = []
        for (destination, source) in (parameters ?? [:]).sorted(by: { $0.key < $1.key }) {
            guard let name = RESTMapping.responseHeader(destination), name.isHeaderName,
                let source = MappingSource(source), let value = value(source, outcome), value.isHeaderValue
            else { continue }
            headers.append((name, value))
        }
        do {
            return try ProxyAnswerMembers.checked(headers)
        } catch {
            throw GatewayFault.badAnswer
        }
    }
}

/// The request that an HTTP integration sends.
struct RESTServerRequest {
    let request: OutgoingRequest

    /// - Parameter body: After its template.
    init(_ integration: RESTIntegration, _ call: RESTCall, body: Data) throws(GatewayFault) {
        let isProxy = integration.type == "HTTP_PROXY"
        // Without a proxy, only these are passed on.
        let kept: Set<String> = ["content-type", "accept", "x-forwarded-for"]
        var headers = call.request.eventHeaders.filter { header in
            let name = header.name.lowercased()
            return isProxy ? name != "host" : kept.contains(name)
        }
        var query = isProxy ? call.request.query.split(separator: "&").map(String.init) : []
        var uri = LambdaReference.substitute(integration.uri ?? "", call.stageVariables)
        for (destination, source) in (integration.requestParameters ?? [:]).sorted(by: { $0.key < $1.key }) {
            guard let destination = MappingDestination(destination), let source = MappingSource(source),
                let value = call.value(source)
            else { continue }
            // A path parameter of the request is still encoded, and may be several segments.
            let isEncoded = if case .requestPath = source { true } else { false }
            let plain = isEncoded ? value.percentDecoded : value
            switch destination {
            case .header(let name):
                headers.removeAll { $0.name.lowercased() == name.lowercased() }
                headers.append((name, plain))
            case .query(let name):
                query.removeAll { $0.prefix { $0 != "=" }.percentDecoded == name }
                query.append("\(PercentEncoding.encode(name))=\(PercentEncoding.encode(plain))")
            case .path(let name):
                let text = isEncoded ? value : PercentEncoding.encode(value, keeping: UInt8(ascii: "/"))
                uri = uri.replacing("{\(name)}", with: text).replacing("{\(name)+}", with: text)
            }
        }
        if !query.isEmpty { uri += (uri.contains("?") ? "&" : "?") + query.joined(separator: "&") }
        if !headers.contains(where: { $0.name.lowercased() == "user-agent" }) {
            headers.append(("User-Agent", "AmazonAPIGateway_\(call.apiID)"))
        }
        let method = integration.httpMethod ?? "ANY"
        var request = OutgoingRequest(method: method == "ANY" ? call.request.method : method, url: uri)
        request.headers = headers
        request.body = body
        request.bodyLimit = Gateway.bodyLimit
        // Between 50 and 29,000.
        request.timeLimit = .milliseconds(integration.timeoutInMillis)
        self.request = request
    }
}
