import Definitions
package import Foundation
package import Logging
import Platform

/// Runs requests of the JSON and the query protocol.
package struct AWSDispatcher: Sendable {
    private let services: [any AWSService]
    private let logger: Logger

    package init(_ services: [any AWSService], logger: Logger) {
        self.services = services
        self.logger = logger
    }

    /// Responds to a request in JSON 1.1.
    package func respond(target: String, operation: String, region: String, body: Data) async -> AWSResponse {
        do {
            let service = services.first { type(of: $0).description.target == target }
            guard let service, Self.supports(operation, service) else {
                throw AWSError("UnknownOperationException", "\(target).\(operation) is not supported by this server.")
            }
            guard let input = JSON(parsing: body.isEmpty ? Data("{}".utf8) : body), input.object != nil else {
                throw AWSError("SerializationException", "The body is not a JSON object.")
            }
            var answer = AWSResponse()
            if let output = try await run(service, operation, input, region) { answer.body = output.encoded }
            return answer
        } catch {
            return AWSErrorShape.json.answer(refusal(of: error, operation), requestID: "")
        }
    }

    /// Responds to a request of the query protocol.
    ///
    /// - Parameters:
    ///   - name: The service's name in the directory.
    ///   - query: The URL's query, which holds the form if the body is empty.
    package func respond(
        service name: String,
        query: String,
        body: Data,
        region: String,
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
            let input = type(of: service).model?.input(form, of: action) ?? form.input
            let output = try await run(service, action, input, region)
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

    private func run(
        _ service: any AWSService,
        _ operation: String,
        _ input: JSON,
        _ region: String
    ) async throws -> JSON? {
        let input = try type(of: service).model?.check(input, of: operation) ?? input
        return try await service.run(AWSCall(operation: operation, input: input, region: region, time: Date()))
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
