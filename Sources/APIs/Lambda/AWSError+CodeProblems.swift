import AWS
import Definitions
import Functions

extension AWSError {
    /// Words a problem of a function's code, configuration or layers.
    static func wordsOfCode(_ problem: FunctionProblem, _ call: AWSCall) -> AWSError {
        switch problem {
        case .invalidName(let name):
            let isLayer = call.operation == "PublishLayerVersion"
            return .invalidParameter(
                violation(
                    of: name,
                    at: isLayer ? "layerName" : "functionName",
                    "Member must have length less than or equal to 64"
                )
            )
        case .notAnArchive:
            return .invalidParameter("Could not unzip uploaded file. Please check your file, then try to upload again.")
        case .archiveTooLarge(let limit):
            return AWSError(
                "RequestEntityTooLargeException",
                "Zipped size must be smaller than \(limit) bytes",
                status: 413
            )
        case .unpackedTooLarge(let limit):
            return .invalidParameter("Unzipped size must be smaller than \(limit) bytes")
        case .noSuchBucket:
            return s3Error("NoSuchBucket", "The specified bucket does not exist")
        case .noSuchKey:
            return s3Error("NoSuchKey", "The specified key does not exist.")
        case .unknownRuntime(let name):
            return .invalidParameter(
                "Value \(name) at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: "
                    + "[\(FunctionService.runtimes.joined(separator: ", "))] or be a valid ARN"
            )
        case .unsupportedRuntime(let name):
            return .invalidParameter(
                "The runtime '\(name)' is not supported by this server. "
                    + "Expected one of: \(FunctionService.runtimes.joined(separator: ", "))."
            )
        case .outOfRange(let member, let value, let range):
            let path = member == "ephemeralStorage" ? "ephemeralStorage.size" : member
            let constraint =
                value < range.lowerBound
                ? "greater than or equal to \(range.lowerBound)" : "less than or equal to \(range.upperBound)"
            return .validation(violation(of: "\(value)", at: path, "Member must have value \(constraint)"))
        case .reservedVariables(let names):
            return .invalidParameter(
                environmentProblem
                    + "contains reserved keys that are currently not supported for modification. "
                    + "Reserved keys used in this request: \(names.joined(separator: ", "))"
            )
        case .invalidVariableNames(let names):
            return .validation(
                violation(
                    of: names.joined(separator: ", "),
                    at: "environment.variables",
                    "Map keys must satisfy constraint: [Member must satisfy regular expression pattern: "
                        + "[a-zA-Z]([a-zA-Z0-9_])+]"
                )
            )
        case .invalidVariableValues(let names):
            return .invalidParameter(
                environmentProblem
                    + "contains zero bytes in values. Keys of these values: \(names.joined(separator: ", "))"
            )
        case .invalidHandler(let handler):
            return .validation(
                violation(of: handler, at: "handler", "Member must satisfy regular expression pattern: [^\\s]{1,128}")
            )
        case .variablesTooLarge(let limit):
            let variables = call.input["Environment"]?["Variables"]?.text ?? "{}"
            return .invalidParameter(
                environmentProblem + "exceeded the \(limit / 1024)KB limit. String measured: \(variables)"
            )
        case .tooManyLayers(let limit): return .invalidParameter("Cannot reference more than \(limit) layers.")
        case .layerTwice(let name):
            let arns = (call.input["Layers"]?.array ?? []).compactMap(\.string).filter {
                $0.contains(":layer:\(name):")
            }
            return .invalidParameter(
                "Two different versions of the same layer are not allowed to be referenced in the same function. "
                    + "\(arns.prefix(2).joined(separator: " and ")) are versions of the same layer."
            )
        case .otherCode(_, let current):
            let given = call.input["CodeSha256"]?.string ?? ""
            let actual = FunctionCode(digest: current, byteCount: 0).base64Digest
            return .invalidParameter(
                "CodeSHA256 (\(given)) is different from current CodeSHA256 in $LATEST (\(actual)). "
                    + "Please try again with the CodeSHA256 in $LATEST."
            )
        case .tooManyFunctions(let limit):
            return .user(
                "CodeStorageExceededException",
                "This server cannot hold more than \(limit) functions or layers."
            )
        default:
            // The other problems are worded by the caller.
            return AWSError("ServiceException", "\(problem)", status: 500)
        }
    }

    private static let environmentProblem =
        "Lambda was unable to configure your environment variables because the environment variables you have provided "

    /// One violated constraint, as the check of the service's model words it.
    private static func violation(of value: String, at path: String, _ constraint: String) -> String {
        text(ofProblems: ["Value '\(value)' at '\(path)' failed to satisfy constraint: \(constraint)"])
    }

    private static func s3Error(_ code: String, _ message: String) -> AWSError {
        .invalidParameter("Error occurred while GetObject. S3 Error Code: \(code). S3 Error Message: \(message)")
    }
}
