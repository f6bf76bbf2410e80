import AWS
import Definitions
import Encodings
import Foundation
import Functions

extension LambdaService {
    /// Bytes of the log in a response.
    private static let logLimit = 4096

    /// Handles an event, or accepts it to be handled later, or checks that it could be handled.
    func invoke(_ call: AWSCall) async throws -> AWSResponse {
        let name = try FunctionName(call)
        let id = UniqueID.make()
        var event = try Self.event(name, call)
        event.clientContext = try Self.clientContext(call)
        event.wantsLog = call.input["LogType"]?.string == "Tail"
        var response = AWSResponse(nil, status: 200)
        response.headers["x-amzn-RequestId"] = id
        switch call.input["InvocationType"]?.string {
        case "DryRun":
            try functions.check(name.name, qualifier: name.qualifier, event)
            response.status = 204
        case "Event":
            try await functions.enqueue(name.name, qualifier: name.qualifier, event, id: id)
            response.status = 202
        default:
            let outcome = try await functions.invoke(name.name, qualifier: name.qualifier, event, id: id)
            response.body = outcome.payload
            response.headers["X-Amz-Executed-Version"] = outcome.version
            if outcome.isError { response.headers["X-Amz-Function-Error"] = "Unhandled" }
            if event.wantsLog, let log = outcome.log {
                response.headers["X-Amz-Log-Result"] = Data(log.suffix(Self.logLimit)).base64EncodedString()
            }
        }
        return response
    }

    /// The older form of an event to be handled later.
    func invokeAsync(_ call: AWSCall) async throws -> AWSResponse {
        let name = try FunctionName(call)
        let id = UniqueID.make()
        let event = try Self.event(name, call)
        try await functions.enqueue(name.name, qualifier: name.qualifier, event, id: id)
        var response = AWSResponse(.object(["Status": .number(202)]), status: 202)
        response.headers["x-amzn-RequestId"] = id
        return response
    }

    private static func event(_ name: FunctionName, _ call: AWSCall) throws(FunctionProblem) -> FunctionEvent {
        guard call.payload.count <= FunctionEvent.payloadLimit else {
            throw .eventTooLarge(limit: FunctionEvent.payloadLimit)
        }
        var event = FunctionEvent(payload: call.payload.isEmpty ? Data("{}".utf8) : call.payload)
        event.invokedARN = FunctionName.arn(name.name, name.qualifier, region: call.region)
        return event
    }

    private static func clientContext(_ call: AWSCall) throws(AWSError) -> String? {
        guard let encoded = call.input["ClientContext"]?.string, !encoded.isEmpty else { return nil }
        guard let data = Data(base64Encoded: encoded), JSON(parsing: data)?.object != nil else {
            throw .user(
                "InvalidRequestContentException",
                "Client context must be a valid Base64-encoded JSON object."
            )
        }
        return String(decoding: data, as: UTF8.self)
    }
}
