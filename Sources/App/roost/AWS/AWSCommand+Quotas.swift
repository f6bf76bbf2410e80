import ArgumentParser
import Definitions
import Foundation
import NativeAPI
import RoostClient

extension AWSCommand {
    struct Quotas: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "quotas",
            abstract: "List quotas, and grant or deny requests to raise them.",
            subcommands: [List.self, Grant.self, Deny.self],
            defaultSubcommand: List.self
        )
    }
}

extension AWSCommand.Quotas {
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List quotas, and requests to raise them.")
        @OptionGroup var options: ClientOptions

        func run() async throws {
            try await reportingErrors {
                let quotas = try await options.client.quotas()
                if options.json { return try Output.json(quotas) }
                Output.table(
                    ["QUOTA", "VALUE", "ADJUSTABLE", "NAME"],
                    quotas.quotas.map {
                        [$0.code, Self.text($0), $0.isAdjustable ? "yes" : "no", $0.name]
                    }
                )
                guard !quotas.requests.isEmpty else { return }
                print("")
                Output.table(
                    ["REQUEST", "QUOTA", "VALUE", "STATUS", "CREATED"],
                    quotas.requests.map {
                        [$0.id, $0.code, $0.value.formatted(), $0.status.rawValue, Output.time($0.createdAt)]
                    },
                    ids: [0]
                )
            }
        }

        private static func text(_ quota: Quota) -> String {
            quota.unit == "Bytes" ? Output.size(Int(saturating: quota.value)) : quota.value.formatted()
        }
    }

    struct Grant: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Grant a request. The quota is raised at once and permanently."
        )
        @OptionGroup var options: ClientOptions
        @Argument(help: "Id of the request.", completion: ServerNames.quotaRequests) var id: String

        func run() async throws { try await decide(id, isGranted: true, options) }
    }

    struct Deny: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Deny a request.")
        @OptionGroup var options: ClientOptions
        @Argument(help: "Id of the request.", completion: ServerNames.quotaRequests) var id: String

        func run() async throws { try await decide(id, isGranted: false, options) }
    }
}

private func decide(_ id: String, isGranted: Bool, _ options: ClientOptions) async throws {
    try await reportingErrors {
        let request = try await options.client.decide(quotaRequest: id, isGranted: isGranted)
        if options.json { return try Output.json(request) }
        print("\(request.code) \(isGranted ? "is now \(request.value.formatted())" : "is unchanged").")
    }
}
