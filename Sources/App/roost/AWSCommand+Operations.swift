import ArgumentParser
import SageMaker

extension AWSCommand {
    /// What `scripts/make_aws_apis.py` makes the reference of.
    struct Operations: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "operations",
            abstract: "Print the operations of AWS's APIs that are there, as JSON.",
            shouldDisplay: false
        )

        func run() throws { try Output.json(AWSOperations.all) }
    }
}
