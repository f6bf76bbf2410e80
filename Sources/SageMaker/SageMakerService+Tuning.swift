extension SageMakerService {
    static let tuningOperations: [String: Operation] = [:]
}
