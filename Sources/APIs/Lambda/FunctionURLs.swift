package import AWS
import Definitions
import Foundation
package import Functions
package import Logging

/// Responds to HTTP requests under the URLs of functions.
///
/// A URL with the mode `RESPONSE_STREAM` responds as one with `BUFFERED` does: when the function has returned.
package struct FunctionURLs: Sendable {
    private let functions: FunctionService
    private let logger: Logger

    package init(functions: FunctionService, logger: Logger) {
        self.functions = functions
        self.logger = logger
    }

    /// Responds to a request under a function's URL.
    ///
    /// - Parameters:
    ///   - id: The identifier in the URL.
    ///   - request: Its identifier becomes the one of the invocation.
    ///   - isSigned: Whether the request has a signature that was verified.
    package func respond(id: String, _ request: ProxyRequest, isSigned: Bool) async -> ProxyAnswer {
        guard let (function, url) = functions.url(id) else {
            return Self.refusal(403, "AccessDeniedException", .null)
        }
        let cors = url.cors.flatMap { CORSHeaders($0, request) }
        if url.cors != nil, CORSHeaders.isPreflight(request) { return cors?.preflight ?? ProxyAnswer() }
        var answer = await respond(function, url, request, isSigned: isSigned)
        cors?.add(to: &answer)
        return answer
    }

    private func respond(
        _ function: Function,
        _ url: FunctionURL,
        _ request: ProxyRequest,
        isSigned: Bool
    ) async -> ProxyAnswer {
        guard isSigned || url.authType != "AWS_IAM" else {
            return Self.refusal(
                403,
                "AccessDeniedException",
                .string(
                    "Forbidden. For troubleshooting Function URL authorization issues, see: "
                        + "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
                )
            )
        }
        do {
            var event = FunctionEvent(payload: ProxyEvent20(request, apiID: url.id).encoded)
            event.invokedARN = FunctionName.arn(function.name, url.qualifier, region: function.region)
            let outcome = try await functions.invoke(
                function.name,
                qualifier: url.qualifier,
                event,
                id: request.requestID
            )
            guard !outcome.isError else { return Self.badGateway }
            do throws(ProxyAnswerProblem) {
                return try ProxyAnswer20.read(outcome.payload)
            } catch {
                functions.note(
                    function.name,
                    "The function URL cannot use what the function returned. \(error.reason) Expected \(ProxyAnswer20.expected)."
                )
                return Self.badGateway
            }
        } catch let problem as FunctionProblem {
            return Self.refusal(of: problem)
        } catch {
            logger.error("Function URL failed", metadata: ["function": "\(function.name)", "error": "\(error)"])
            return Self.badGateway
        }
    }

    private static func refusal(of problem: FunctionProblem) -> ProxyAnswer {
        switch problem {
        case .busy: refusal(429, "TooManyRequestsException", .string("Rate Exceeded."))
        case .eventTooLarge(let limit):
            refusal(
                413,
                "RequestEntityTooLargeException",
                .string("Request must be smaller than \(limit) bytes for the InvokeFunction operation")
            )
        case .unavailable: refusal(503, "ServiceUnavailableException", .string("Service Unavailable"))
        default: badGateway
        }
    }

    private static func refusal(_ status: Int, _ code: String, _ message: JSON) -> ProxyAnswer {
        var answer = ProxyAnswer()
        answer.status = status
        answer.headers = [("content-type", "application/json"), ("x-amzn-ErrorType", code)]
        answer.body = JSON.object(["Message": message]).encoded
        return answer
    }

    /// The response if the function failed, or returned what is not an HTTP response.
    private static var badGateway: ProxyAnswer {
        var answer = ProxyAnswer()
        answer.status = 502
        answer.headers = [("content-type", "application/json"), ("x-amzn-ErrorType", "InternalServerErrorException")]
        answer.body = Data("Internal Server Error".utf8)
        return answer
    }
}
