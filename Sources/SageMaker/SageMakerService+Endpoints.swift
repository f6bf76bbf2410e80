extension SageMakerService {
    static let endpointOperations: [String: Operation] = [:]
}
