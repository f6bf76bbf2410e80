import Foundation

/// Why API Gateway itself answers a call.
enum GatewayFault: Error, Equatable {
    /// The stage has no such path or method.
    case noRoute
    case forbidden
    case tooManyRequests
    case quotaExceeded
    case requestTooLong
    /// The body is not JSON, which the integration's function needs.
    case invalidBody
    /// The integration takes no body of this type.
    case unsupportedMediaType
    case timedOut
    /// The integration cannot be called.
    case failed
    /// The function raised an error, or returned something that is not an HTTP response.
    case badAnswer

    /// The response of a REST API. Clients compare the texts, including their blanks.
    var restResponse: GatewayResponse {
        let (status, text, type) =
            switch self {
            case .noRoute: (403, #"{"message":"Missing Authentication Token"}"#, "MissingAuthenticationTokenException")
            case .forbidden: (403, #"{"message":"Forbidden"}"#, "ForbiddenException")
            case .tooManyRequests: (429, #"{"message":"Too Many Requests"}"#, "TooManyRequestsException")
            case .quotaExceeded: (429, #"{"message":"Limit Exceeded"}"#, "LimitExceededException")
            case .requestTooLong: (413, #"{"message":"Request Too Long"}"#, "RequestTooLargeException")
            case .invalidBody: (400, #"{"message": "Invalid request body"}"#, "BadRequestException")
            case .unsupportedMediaType:
                (415, #"{"message": "Unsupported Media Type"}"#, "UnsupportedMediaTypeException")
            case .timedOut: (504, #"{"message": "Endpoint request timed out"}"#, "InternalServerErrorException")
            case .failed: (500, #"{"message": "Internal server error"}"#, "InternalServerErrorException")
            case .badAnswer: (502, #"{"message": "Internal server error"}"#, "InternalServerErrorException")
            }
        return GatewayResponse(
            status: status,
            headers: [("Content-Type", "application/json"), ("x-amzn-ErrorType", type)],
            body: Data(text.utf8)
        )
    }

    /// The response of an HTTP API.
    var httpResponse: GatewayResponse {
        let (status, text) =
            switch self {
            case .noRoute: (404, #"{"message":"Not Found"}"#)
            case .forbidden: (403, #"{"message":"Forbidden"}"#)
            case .tooManyRequests, .quotaExceeded: (429, #"{"message":"Too Many Requests"}"#)
            case .requestTooLong: (413, #"{"message":"Request Entity Too Large"}"#)
            case .invalidBody: (400, #"{"message":"Bad Request"}"#)
            case .unsupportedMediaType: (415, #"{"message":"Unsupported Media Type"}"#)
            case .timedOut: (503, #"{"message":"Service Unavailable"}"#)
            case .failed, .badAnswer: (500, #"{"message":"Internal Server Error"}"#)
            }
        return GatewayResponse(
            status: status,
            headers: [("Content-Type", "application/json")],
            body: Data(text.utf8)
        )
    }
}
