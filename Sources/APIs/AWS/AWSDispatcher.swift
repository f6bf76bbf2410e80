import Definitions
package import Foundation
package import Logging
import Platform

/// Runs requests of the JSON, the query and the REST protocol.
package struct AWSDispatcher: Sendable {
    private let services: [any AWSService]
    private let logger: Logger

    package init(_ services: [any AWSService], logger: Logger) {
        self.services = services
        self.logger = logger
    }

    /// Responds to a request in JSON 1.1.
    ///
    /// - Parameter caller: The access key of the signature, and its region.
    package func respond(target: String, operation: String, caller: AWSCaller, body: Data) async -> AWSResponse {
        do {
            let service = services.first { type(of: $0).description.target == target }
            guard let service, Self.supports(operation, service) else {
                throw AWSError("UnknownOperationException", "\(target).\(operation) is not supported by this server.")
            }
            guard let input = JSON(parsing: body.isEmpty ? Data("{}".utf8) : body), input.object != nil else {
                throw AWSError("SerializationException", "The body is not a JSON object.")
            }
            var answer = AWSResponse()
            if let output = try await run(service, operation, input, caller) { answer.body = output.encoded }
            return answer
        } catch {
            return AWSErrorShape.json.answer(refusal(of: error, operation), requestID: "")
        }
    }

    /// Responds to a request of the query protocol.
    ///
    /// - Parameters:
    ///   - name: The service's name in the directory.
    ///   - method: POST for whatever changes something, so that no link can.
    ///   - query: The URL's query, which holds the form if the body is empty.
    package func respond(
        service name: String,
        method: String,
        query: String,
        body: Data,
        caller: AWSCaller,
        requestID: String
    ) async -> AWSResponse {
        let service = services.first { type(of: $0).description.name == name }
        let protocolName = service.flatMap { type(of: $0).description.query }
        var action = ""
        do {
            let form = try QueryForm(body.isEmpty ? query : String(decoding: body, as: UTF8.self))
            action = form["Action"] ?? ""
            guard let service, let protocolName else {
                throw AWSError("InvalidAction", "The service \(name) is not supported by this server.")
            }
            guard !action.isEmpty else { throw AWSError("MissingAction", "The request has no Action.") }
            guard Self.supports(action, service) else {
                throw AWSError(
                    "InvalidAction",
                    "Could not find operation \(action.prefix(100)) for version "
                        + (form["Version"] ?? protocolName.version)
                )
            }
            guard method == "POST" || Self.onlyReads(action) else {
                throw AWSError(
                    "MethodNotAllowed",
                    "\(method) is not allowed for \(action); use POST.",
                    status: 405
                )
            }
            let input = type(of: service).model?.input(form, of: action) ?? form.input
            let output = try await run(service, action, input, caller)
            let result = QueryElement(action + "Result", output ?? .object([:]))
            let metadata = QueryElement("ResponseMetadata", [QueryElement("RequestId", requestID)])
            return QueryElement(action + "Response", namespace: protocolName.namespace, [result, metadata]).answer()
        } catch {
            let shape = AWSErrorShape.query(namespace: protocolName?.namespace)
            return shape.answer(refusal(of: error, action), requestID: requestID)
        }
    }

    private static func supports(_ operation: String, _ service: any AWSService) -> Bool {
        type(of: service).description.operations.contains(operation)
    }

    /// Whether an action of the query protocol changes nothing, as its name says.
    private static func onlyReads(_ action: String) -> Bool {
        ["Get", "List", "Describe", "Simulate"].contains(where: action.hasPrefix)
    }

    /// Responds to a request of a service that speaks REST.
    ///
    /// - Parameters:
    ///   - name: The service's name in the directory.
    ///   - path: The percent-encoded path.
    ///   - query: The percent-encoded query.
    ///   - header: Returns the value of a header, given its name in lower case.
    package func respond(
        rest name: String,
        method: String,
        path: String,
        query: String,
        header: @escaping (String) -> String?,
        body: Data,
        caller: AWSCaller,
        requestID: String
    ) async -> AWSResponse {
        var operationName = ""
        do {
            guard let service = services.first(where: { type(of: $0).description.name == name }),
                let (operation, labels) = RESTOperation.find(
                    type(of: service).description.rest,
                    method: method,
                    path: path,
                    query: query
                ), let model = type(of: service).model
            else {
                throw AWSError("UnknownOperationException", "This operation is not supported by this server.")
            }
            operationName = operation.name
            var document: [String: JSON] = [:]
            if operation.takesDocument, !body.isEmpty {
                guard let members = JSON(parsing: body)?.object else {
                    throw AWSError("SerializationException", "The body is not a JSON object.")
                }
                document = members
            }
            let request = RESTRequest(labels: labels, query: query, header: header)
            let input = try model.check(model.input(request, document, of: operation), of: operation.name)
            var call = AWSCall(operation.name, input, caller)
            if operation.takesPayload { call.payload = body }
            return try await service.respond(to: call, status: operation.status)
        } catch {
            return AWSErrorShape.rest.answer(refusal(of: error, operationName), requestID: requestID)
        }
    }

    private func run(
        _ service: any AWSService,
        _ operation: String,
        _ input: JSON,
        _ caller: AWSCaller
    ) async throws -> JSON? {
        let input = try type(of: service).model?.check(input, of: operation) ?? input
        return try await service.run(AWSCall(operation, input, caller))
    }

    /// Converts an error to one that is safe to return.
    private func refusal(of error: any Error, _ operation: String) -> AWSError {
        switch error {
        case let error as AWSError: return error
        case let error as RoostError where error.code != .internalError: return AWSError(error)
        default:
            if let full = RoostError(diskFull: error) {
                logger.error("The disk is full", metadata: ["operation": "\(operation)"])
                return AWSError(full)
            }
            logger.error("Operation failed", metadata: ["operation": "\(operation)", "error": "\(error)"])
            return AWSError("InternalFailure", "Internal error. See the server log.", status: 500)
        }
    }
}

/// Who calls, as the credential scope of the signature says.
package struct AWSCaller: Sendable {
    package let region: String
    package let accessKey: String?

    package init(_ scope: CredentialScope?) {
        region = scope?.region ?? "us-east-1"
        accessKey = scope?.accessKey
    }
}

extension AWSCall {
    fileprivate init(_ operation: String, _ input: JSON, _ caller: AWSCaller) {
        self.init(
            operation: operation,
            input: input,
            region: caller.region,
            time: Date(),
            accessKey: caller.accessKey
        )
    }
}
