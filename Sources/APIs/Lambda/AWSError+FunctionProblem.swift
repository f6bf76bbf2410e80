import AWS
import Definitions
import Foundation
import Functions

extension AWSError {
    /// An error that Lambda marks as the caller's.
    static func user(_ code: String, _ message: String, status: Int = 400) -> AWSError {
        var error = AWSError(code, message, status: status)
        error.members["Type"] = .string("User")
        return error
    }

    static func invalidParameter(_ message: String) -> AWSError { .user("InvalidParameterValueException", message) }

    static func resourceNotFound(_ message: String) -> AWSError {
        .user("ResourceNotFoundException", message, status: 404)
    }

    /// What several operations say of anything that does not exist.
    static let noSuchResource = AWSError.resourceNotFound("The resource you requested does not exist.")

    /// Words a problem as Lambda does for the operation that has it.
    init(_ problem: FunctionProblem, _ call: AWSCall) {
        let region = call.region
        switch problem {
        case .notFound(let name, let qualifier):
            self = Self.notFound(name, qualifier, call)
        case .aliasNotFound(let function, let alias):
            let arn = FunctionName.arn(function, alias, region: region)
            self = .resourceNotFound(
                call.operation == "UpdateAlias" ? "Alias not found: \(arn)" : "Cannot find alias arn: \(arn)"
            )
        case .urlNotFound: self = .noSuchResource
        case .statementNotFound(let id, let hasPolicy):
            self = .resourceNotFound(
                hasPolicy
                    ? "Statement \(id) is not found in resource policy."
                    : "No policy is associated with the given resource."
            )
        case .layerNotFound(let layer):
            self =
                call.input["Layers"] == nil
                ? .noSuchResource
                : .invalidParameter("Layer version \(LayerName.arn(layer, region: region)) does not exist.")
        case .alreadyExists(let name): self = .conflict("Function already exist: \(name)")
        case .aliasExists(let function, let alias):
            self = .conflict("Alias already exists: \(FunctionName.arn(function, alias, region: region))")
        case .statementExists(let id):
            self = .conflict(
                "The statement id (\(id)) provided already exists. Please provide a new statement id, or remove the existing "
                    + "statement."
            )
        case .urlExists:
            let name = try? FunctionName(call)
            let arn = FunctionName.arn(name?.name ?? "", name?.qualifier, region: region)
            self = .conflict(
                "Failed to create function url config for [functionArn = \(arn)]. "
                    + "Error message:  FunctionUrlConfig exists for this Lambda function"
            )
        case .versionInUse(let alias):
            self = .conflict("The version cannot be deleted because the alias '\(alias)' points to it.")
        case .staleRevision:
            self = .user(
                "PreconditionFailedException",
                "The Revision Id provided does not match the latest Revision Id. "
                    + "Call the GetFunction/GetAlias API to retrieve the latest Revision Id",
                status: 412
            )
        case .busy(let isReserved):
            self = .user("TooManyRequestsException", "Rate Exceeded.", status: 429)
            members["Reason"] = .string(
                isReserved ? "ReservedFunctionConcurrentInvocationLimitExceeded" : "ConcurrentInvocationLimitExceeded"
            )
        case .invalidEvent(let reason):
            self = .user(
                "InvalidRequestContentException",
                "Could not parse request body into json: Could not parse payload into json: \(reason)"
            )
        case .eventTooLarge(let limit):
            self = AWSError(
                "RequestEntityTooLargeException",
                "Request must be smaller than \(limit) bytes for the InvokeFunction operation",
                status: 413
            )
        case .unavailable(let reason):
            self = AWSError("ServiceException", "The function cannot run: \(reason).", status: 500)
            members["Type"] = .string("Service")
        case .invalidRouting(let reason): self = .invalidParameter(reason)
        case .invalidWeight(let version, let weight):
            self = .validation(
                "1 validation error detected: Value '{\(version)=\(weight)}' at 'routingConfig.additionalVersionWeights' "
                    + "failed to satisfy constraint: Map value must satisfy constraint: "
                    + "[Member must have value less than or equal to 1.0, "
                    + "Member must have value greater than or equal to 0.0, Member must not be null]"
            )
        case .policyOfLatest: self = .invalidParameter("We currently do not support adding policies for $LATEST.")
        case .policyTooLong(let byteCount, let limit):
            self = .user(
                "PolicyLengthExceededException",
                "The final policy size (\(byteCount)) is bigger than the limit (\(limit))."
            )
        case .tooManyTags: self = .invalidParameter("Number of tags exceeds resource tag limit.")
        case .concurrencyTooHigh(let minimum):
            self = AWSError(
                "InvalidParameterValueException",
                "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its "
                    + "minimum value of [\(minimum)]."
            )
        default: self = Self.wordsOfCode(problem, call)
        }
    }

    private static func conflict(_ message: String) -> AWSError {
        .user("ResourceConflictException", message, status: 409)
    }

    private static func notFound(_ name: String, _ qualifier: String?, _ call: AWSCall) -> AWSError {
        switch call.operation {
        case "CreateFunctionUrlConfig", "UpdateFunctionUrlConfig", "ListFunctionUrlConfigs":
            return .resourceNotFound("Function does not exist")
        case "GetFunctionUrlConfig", "DeleteFunctionUrlConfig", "GetPolicy": return .noSuchResource
        case "RemovePermission" where qualifier == nil:
            return .resourceNotFound("No policy found for: \(FunctionName.arn(name, region: call.region))")
        default: break
        }
        var shown = qualifier
        if shown == nil {
            let given = (try? FunctionName(call))?.qualifier
            switch call.operation {
            case "Invoke": shown = given ?? Function.latest
            case "PutFunctionConcurrency": shown = Function.latest
            case "GetFunction", "GetFunctionConfiguration": shown = given
            case "CreateAlias", "UpdateAlias": shown = call.input["FunctionVersion"]?.string
            default: break
            }
        }
        return .resourceNotFound("Function not found: \(FunctionName.arn(name, shown, region: call.region))")
    }
}
