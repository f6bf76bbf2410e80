import AWS
import Foundation

/// Roles that belong to a service of AWS. Only the service may change them.
extension IAMService {
    static let serviceLinkedRoleOperations: [String: Operation] = [
        "CreateServiceLinkedRole": { service, call in try await service.createServiceLinkedRole(call) },
        "DeleteServiceLinkedRole": { service, call in
            let name = try call.roleName
            let role = try await service.records.role(name)
            try await service.records.removeRole(name) { role in
                guard role.isServiceLinked else { throw AWSError.noRole(name) }
            }
            return .object(["DeletionTaskId": .string("task\(role.path)\(name)/\(UUID().uuidString.lowercased())")])
        },
        // A role is deleted when DeleteServiceLinkedRole returns.
        "GetServiceLinkedRoleDeletionStatus": { _, call in
            let task = try call.input.required("DeletionTaskId")
            guard task.hasPrefix("task" + IAMRole.serviceLinkedPath) else {
                throw AWSError.noSuchEntity("Deletion task \(task) cannot be found.")
            }
            return .object(["Status": .string("SUCCEEDED")])
        },
    ]

    /// The ends of the names that do not follow from the service's name.
    private static let names = [
        "apigateway": "APIGateway", "autoscaling": "AutoScaling", "ec2scheduled": "EC2ScheduledInstances", "ecs": "ECS",
        "eks": "AmazonEKS", "elasticloadbalancing": "ElasticLoadBalancing", "ops.apigateway": "APIGateway",
        "replicator.lambda": "LambdaReplicator", "rds": "RDS", "sagemaker": "AmazonSageMakerNotebooks",
        "sagemaker.application-autoscaling": "ApplicationAutoScaling_SageMakerEndpoint", "spot": "EC2Spot",
    ]

    private func createServiceLinkedRole(_ call: AWSCall) async throws -> JSON {
        let input = call.input
        let service = try input.required("AWSServiceName")
        let domain = ".amazonaws.com"
        let label = service.dropLast(domain.count)
        let ending =
            Self.names[String(label)] ?? label.split { !$0.isLetter && !$0.isNumber }.map(\.capitalized).joined()
        let name = "AWSServiceRoleFor\(ending)" + (input["CustomSuffix"]?.string.map { "_\($0)" } ?? "")
        guard service.hasSuffix(domain), !ending.isEmpty, name.utf8.count <= 64 else {
            throw AWSError("InvalidInput", "Service name '\(service)' is not valid, or the suffix is too long.")
        }
        let role = IAMRole(
            name: name,
            path: "\(IAMRole.serviceLinkedPath)\(service)/",
            id: IAMIdentifier.role(),
            createdAt: call.time,
            trustPolicy: IAMRole.trust(in: service),
            description: input["Description"]?.string
        )
        let taken = "Service role name \(name) has been taken in this account, please try a different suffix."
        try await records.add(role, orThrow: AWSError("InvalidInput", taken))
        return .object(["Role": role.summary])
    }
}
