import ArgumentParser
import ServerApp

extension AWSCommand {
    /// The source of the reference that `scripts/make_aws_apis.py` generates.
    struct Operations: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "operations",
            abstract: "Print the supported AWS operations as JSON.",
            shouldDisplay: false
        )

        func run() throws { try Output.json(AWSRegistry.operations) }
    }
}
