package import Foundation

/// CloudWatch in the query protocol, which boto3 used until 2025: a form in, XML out.
extension SageMakerService {
    static let monitoring = "GraniteServiceVersion20100801"

    /// Responds to a request. Errors have the shape of the query protocol.
    ///
    /// - Parameters:
    ///   - query: The URL's query, which holds the form if the body is empty.
    ///   - region: The region of the credential scope.
    package func respondToMonitoring(query: String, body: Data, region: String, requestID: String) async -> AWSAnswer {
        var action = ""
        do {
            let form = try QueryService.Form(body.isEmpty ? query : String(decoding: body, as: UTF8.self))
            action = form["Action"] ?? ""
            guard Self.operations[Self.monitoring]?[action] != nil else {
                throw AWSError("InvalidAction", "Could not find operation \(action.prefix(100)) for version 2010-08-01")
            }
            let input = ServiceModel.shared.input(form, of: action, service: Self.monitoring)
            let output = try await run(service: Self.monitoring, operation: action, region: region, input: input)
            let result = Self.element(action + "Result", output ?? .object([:]))
            let metadata = QueryService.Element("ResponseMetadata", [QueryService.Element("RequestId", requestID)])
            let root = QueryService.Element(
                action + "Response",
                namespace: "http://monitoring.amazonaws.com/doc/2010-08-01/",
                [result, metadata]
            )
            return QueryService.answer(root, status: 200)
        } catch {
            let refusal = refusal(of: error, action)
            return QueryService.answer(refusal, service: "monitoring", requestID: requestID)
        }
    }

    private static func element(_ name: String, _ value: JSON) -> QueryService.Element {
        switch value {
        case .object(let members):
            QueryService.Element(name, members.sorted { $0.key < $1.key }.map { element($0.key, $0.value) })
        case .array(let values): QueryService.Element(name, values.map { element("member", $0) })
        case .number(let seconds) where name == "Timestamp":
            QueryService.Element(name, Date(timeIntervalSince1970: seconds).formatted(.iso8601))
        case .number(let number): QueryService.Element(name, "\(number)")
        case .string(let text): QueryService.Element(name, text)
        case .bool(let flag): QueryService.Element(name, "\(flag)")
        case .null: QueryService.Element(name, "")
        }
    }
}
