import AWS
import Definitions
import Foundation
import Functions

extension LambdaService {
    func addPermission(_ call: AWSCall) async throws -> JSON {
        let name = try FunctionName(call)
        let id = try call.input.required("StatementId")
        let statement = try Self.statement(call, resource: name).text
        try await functions.addPermission(
            FunctionPermission(id: id, qualifier: name.qualifier, statement: statement),
            to: name.name,
            revision: call.input["RevisionId"]?.string
        )
        return .object(["Statement": .string(statement)])
    }

    func getPolicy(_ call: AWSCall) throws -> JSON {
        let name = try FunctionName(call)
        guard let policy = try functions.policy(of: name.name, qualifier: name.qualifier) else {
            throw AWSError.noSuchResource
        }
        let document = JSON.object([
            "Version": .string("2012-10-17"),
            "Id": .string("default"),
            "Statement": .array(policy.statements.compactMap { JSON(parsing: Data($0.utf8)) }),
        ])
        return .object(["Policy": .string(document.text), "RevisionId": .string(policy.revision)])
    }

    func removePermission(_ call: AWSCall) async throws -> JSON? {
        let name = try FunctionName(call)
        try await functions.removePermission(
            call.input.required("StatementId"),
            qualifier: name.qualifier,
            from: name.name,
            revision: call.input["RevisionId"]?.string
        )
        return nil
    }

    static func statement(_ call: AWSCall, resource name: FunctionName) throws -> JSON {
        let input = call.input
        let equal: [String: JSON?] = [
            "AWS:SourceAccount": input["SourceAccount"],
            "lambda:FunctionUrlAuthType": input["FunctionUrlAuthType"],
            "aws:PrincipalOrgID": input["PrincipalOrgID"],
            "lambda:EventSourceToken": input["EventSourceToken"],
        ]
        let conditions: [String: JSON?] = [
            "StringEquals": equal.values.contains { $0 != nil } ? .members(equal) : nil,
            "ArnLike": input["SourceArn"].map { .object(["AWS:SourceArn": $0]) },
            "Bool": input["InvokedViaFunctionUrl"]?.bool.map {
                .object(["lambda:InvokedViaFunctionUrl": .string("\($0)")])
            },
        ]
        return .members([
            "Sid": input["StatementId"],
            "Effect": .string("Allow"),
            "Principal": try principal(input.required("Principal")),
            "Action": input["Action"],
            "Resource": .string(FunctionName.arn(name.name, name.qualifier, region: call.region)),
            "Condition": conditions.values.contains { $0 != nil } ? .members(conditions) : nil,
        ])
    }

    /// A principal as a policy writes it: everyone, a service, an account or an ARN.
    private static func principal(_ text: String) throws(AWSError) -> JSON {
        if text == "*" { return .string("*") }
        if text.hasPrefix("arn:") { return .object(["AWS": .string(text)]) }
        if text.utf8.count == 12, text.allSatisfy(\.isNumber) {
            return .object(["AWS": .string("arn:aws:iam::\(text):root")])
        }
        guard text.contains(".") else {
            throw .invalidParameter("The provided principal was invalid. Please check the principal and try again.")
        }
        return .object(["Service": .string(text)])
    }
}
