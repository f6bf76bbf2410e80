import AWS
import Foundation

/// A reference to a Lambda function, as integrations have it.
enum LambdaReference {
    /// Returns the ARN or the name of the function in
    /// `arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/FUNCTION/invocations`; `nil` for any other text.
    static func function(_ uri: String) -> String? {
        let parts = uri.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", parts[2] == "apigateway", parts[4] == "lambda" else { return nil }
        let path = parts[5]
        guard path.hasPrefix("path/"), path.hasSuffix("/invocations"), let start = path.firstRange(of: "/functions/")
        else { return nil }
        let function = path[start.upperBound...].dropLast("/invocations".count)
        return function.isEmpty ? nil : String(function)
    }

    /// Replaces `${stageVariables.NAME}` in a text. A variable that the stage has not is empty.
    static func substitute(_ text: String, _ variables: [String: String]) -> String {
        // Almost no text has any, and an expression is compiled anew for each call.
        guard text.contains("${") else { return text }
        return text.replacing(/\$\{stageVariables\.([A-Za-z0-9_]+)\}/) { variables[String($0.output.1)] ?? "" }
    }
}

extension RESTIntegration {
    static let methods = ["GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD", "ANY"]

    static let invalidMethod = AWSError.badRequest(
        "Invalid HttpMethod specified. Valid options are \(methods.joined(separator: ","))"
    )

    /// Checks an integration that is put, patched or imported.
    func check() throws {
        guard (50...29_000).contains(timeoutInMillis) else {
            throw AWSError.badRequest("Timeout should be between 50 ms and 29000 ms")
        }
        guard ["WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER"].contains(passthroughBehavior) else {
            throw AWSError.badRequest("Invalid passthrough behavior specified: \(passthroughBehavior.prefix(100))")
        }
        if connectionType == "VPC_LINK" { throw AWSError.notSupported("The connection type VPC_LINK", "Use INTERNET.") }
        // A proxy's event has the body as text already.
        if type != "AWS_PROXY" || contentHandling != "CONVERT_TO_TEXT" {
            try Self.check(contentHandling: contentHandling)
        }
        if tlsConfig?.insecureSkipVerification == true {
            throw AWSError.notSupported(
                "'tlsConfig.insecureSkipVerification'",
                "Use a server with a valid certificate, or http."
            )
        }
        for (type, template) in requestTemplates ?? [:] {
            _ = try RESTTemplate(template, in: "requestTemplates.\(type)")
        }
        try RESTMapping.checkRequest(requestParameters)
        switch type {
        case "AWS", "AWS_PROXY": try checkFunction()
        case "HTTP", "HTTP_PROXY": try checkURL()
        default: break
        }
    }

    fileprivate static func check(contentHandling: String?) throws {
        guard let contentHandling, !contentHandling.isEmpty else { return }
        guard ["CONVERT_TO_BINARY", "CONVERT_TO_TEXT"].contains(contentHandling) else {
            throw AWSError.badRequest("Invalid content handling specified: \(contentHandling.prefix(100))")
        }
        throw AWSError.notSupported("'contentHandling' \(contentHandling)", "Convert bodies in a function.")
    }

    private func checkFunction() throws {
        try checkMethod()
        guard let uri, !uri.isEmpty else { throw AWSError.badRequest("Invalid ARN specified in the request") }
        let parts = uri.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count >= 6, parts[0] == "arn" else {
            throw AWSError.badRequest("Invalid ARN specified in the request")
        }
        guard parts[2] == "apigateway", parts[5].hasPrefix("path/") || parts[5].hasPrefix("action/") else {
            throw AWSError.badRequest("AWS ARN for integration must contain path or action")
        }
        guard LambdaReference.function(uri) != nil else {
            throw type == "AWS_PROXY"
                ? AWSError.badRequest(
                    "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream "
                        + "invocations."
                )
                : AWSError.notSupported("An AWS integration of another service than Lambda", "Call it in a function.")
        }
    }

    private func checkURL() throws {
        try checkMethod()
        guard let uri, uri.hasPrefix("http://") || uri.hasPrefix("https://") || uri.hasPrefix("${stageVariables.")
        else {
            throw AWSError.badRequest("Invalid HTTP endpoint specified for URI")
        }
    }

    private func checkMethod() throws {
        guard let httpMethod, !httpMethod.isEmpty else {
            throw AWSError.badRequest("Enumeration value for HttpMethod must be non-empty")
        }
        guard Self.methods.contains(httpMethod) else { throw Self.invalidMethod }
    }
}

extension RESTIntegrationResponse {
    /// - Parameter method: The response of the method with the same status; `nil` if there is none.
    func check(against method: RESTMethodResponse?) throws {
        guard let method else { throw AWSError.notFound("Invalid Response status code specified") }
        for (type, template) in responseTemplates ?? [:] {
            _ = try RESTTemplate(template, in: "responseTemplates.\(type)")
        }
        try RESTIntegration.check(contentHandling: contentHandling)
        if let selectionPattern, !selectionPattern.isEmpty { try ResponseSelection.check(selectionPattern) }
        try RESTMapping.checkResponse(responseParameters, declared: method.responseParameters)
    }
}
