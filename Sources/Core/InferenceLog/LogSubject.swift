import Tensors

/// The model and pipeline of an entry: JSON that is the same for all their entries, so it is encoded once.
package final class LogSubject: Sendable {
    /// What an experiment assigned.
    package struct Assignment: Sendable {
        package var experiment: String
        /// The probability with which this choice was made; `nil` if only the caller knows it.
        package var share: Double?

        package init(experiment: String, share: Double?) {
            self.experiment = experiment
            self.share = share
        }
    }

    let modelName: [UInt8]
    let rest: [UInt8]
    /// The names of keys with a colon, as they stand in an object.
    let keys: [[UInt8]]
    package let policy: LogPolicy

    /// - Parameters:
    ///   - variant: The name of the choice; `nil` if the pipeline chooses nothing.
    ///   - keys: The names of the keys whose hashes an entry has.
    package init(
        modelName: String,
        modelVersion: String,
        role: InferenceRecord.Role,
        pipelineName: String,
        pipelineVersion: String,
        variant: String? = nil,
        assignment: Assignment? = nil,
        keys: [String] = [],
        policy: LogPolicy = LogPolicy()
    ) {
        var name = JSONWriter(capacity: 64)
        name.raw(",\"model_name\":")
        name.string(modelName)
        self.modelName = name.bytes
        var rest = JSONWriter(capacity: 256)
        rest.raw(",\"model_version\":")
        rest.string(modelVersion)
        rest.raw(role == .champion ? ",\"role\":\"champion\"" : ",\"role\":\"challenger\"")
        rest.raw(",\"pipeline_name\":")
        rest.string(pipelineName)
        rest.raw(",\"pipeline_version\":")
        rest.string(pipelineVersion)
        if let assignment {
            rest.raw(",\"experiment\":")
            rest.string(assignment.experiment)
        }
        if let variant {
            rest.raw(",\"variant\":")
            rest.string(variant)
        }
        if let share = assignment?.share {
            rest.raw(",\"share\":")
            rest.number(share)
        }
        rest.raw(",\"elapsed\":")
        self.rest = rest.bytes
        self.keys = keys.map { key in
            var name = JSONWriter(capacity: 64)
            name.string(key)
            name.raw(":")
            return name.bytes
        }
        self.policy = policy
    }
}
