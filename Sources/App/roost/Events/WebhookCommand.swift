public import ArgumentParser
public import Definitions
import Foundation
import RoostClient

struct WebhookCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "webhook",
        abstract: "Send events to other servers, such as a chat.",
        subcommands: [Add.self, List.self, Show.self, Remove.self, Test.self],
        defaultSubcommand: List.self
    )

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a webhook, or change it.",
            discussion: """
                The server sends each event from now on to the URL, and signs it. The secret for the signatures is printed \
                once, when the webhook is added. Addresses in private networks and on this machine need \
                'roost serve --allow-outgoing'.
                """
        )
        @OptionGroup var options: ClientOptions
        @Argument(help: "Name of the webhook.") var name: String
        @Argument(help: ArgumentHelp("URL that takes the events.", valueName: "webhook-url")) var target: String
        @Option(
            name: .customLong("kind"),
            help: "Kind of events to send, or a group such as 'release.*'. Can be repeated. (default: all)"
        )
        var kinds: [String] = []
        @Option(help: "What to send: the event (standard) or a message (slack).") var format: WebhookDefinition.Format?
        @Option(help: "File with JSON text to send, with placeholders such as {{message}}.", completion: .file())
        var template: String?
        @Option(help: "File with the secret: whsec_ and base64. (default: the server makes one)", completion: .file())
        var secret: String?

        func run() async throws {
            try await reportingErrors {
                var definition = WebhookDefinition(url: target, kinds: kinds, format: format)
                definition.template = try template.map(Self.text)
                definition.secret = try secret.map(Self.text)?.trimmingCharacters(in: .whitespacesAndNewlines)
                let (webhook, isNew) = try await options.client.putWebhook(name, definition)
                if options.json { return try Output.json(webhook) }
                print("\(isNew ? "Added" : "Changed") webhook \(webhook.name).")
                guard let secret = webhook.secret else { return }
                print("Secret, which is not shown again: \(secret)")
            }
        }

        private static func text(_ path: String) throws -> String {
            String(decoding: try InputFile.read(path), as: UTF8.self)
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the webhooks.")
        @OptionGroup var options: ClientOptions

        func run() async throws {
            try await reportingErrors {
                let webhooks = try await options.client.webhooks()
                if options.json { return try Output.json(webhooks) }
                Output.table(
                    ["NAME", "URL", "KINDS", "STATE", "PENDING", "DELIVERED", "LAST ERROR"],
                    webhooks.map {
                        [
                            $0.name, $0.url, $0.shownKinds, $0.state.rawValue, "\($0.pending)", "\($0.delivered)",
                            $0.lastError ?? "",
                        ]
                    }
                )
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show a webhook and its deliveries.")
        @OptionGroup var options: ClientOptions
        @Argument(help: "Name of the webhook.", completion: ServerNames.webhooks) var name: String

        func run() async throws {
            try await reportingErrors {
                let webhook = try await options.client.webhook(name)
                if options.json { return try Output.json(webhook) }
                print("Webhook:       \(webhook.name)")
                print("URL:           \(webhook.url)")
                print("Kinds:         \(webhook.shownKinds)")
                print("Format:        \(webhook.format.rawValue)")
                print("State:         \(webhook.state.rawValue)")
                print("Pending:       \(webhook.pending)")
                print("Delivered:     \(webhook.delivered)")
                print("Failures:      \(webhook.failures)")
                print("Given up:      \(webhook.givenUp)")
                if let time = webhook.lastSuccessAt { print("Last success:  \(Output.time(time))") }
                if let time = webhook.lastFailureAt { print("Last failure:  \(Output.time(time))") }
                if let error = webhook.lastError { print("Last error:    \(error)") }
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a webhook.",
            discussion: "Events that wait to be delivered are not sent to it any more."
        )
        @OptionGroup var options: ClientOptions
        @Argument(help: "Name of the webhook.", completion: ServerNames.webhooks) var name: String

        func run() async throws {
            try await reportingErrors {
                let webhook = try await options.client.removeWebhook(name)
                if options.json { return try Output.json(webhook) }
                print("Removed webhook \(webhook.name).")
            }
        }
    }

    struct Test: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send a test event to a webhook at once.",
            discussion: "The exit status is 1 if the receiver does not accept it."
        )
        @OptionGroup var options: ClientOptions
        @Argument(help: "Name of the webhook.", completion: ServerNames.webhooks) var name: String

        func run() async throws {
            try await reportingErrors {
                let test = try await options.client.testWebhook(name)
                if options.json {
                    try Output.json(test)
                } else if let status = test.status {
                    print("The receiver responded with status \(status).")
                    if let response = test.response, !response.isEmpty { print(response) }
                } else {
                    print("No response: \(test.error ?? "unknown error")")
                }
                if !test.isDelivered { throw ExitCode.failure }
            }
        }
    }
}

extension WebhookDefinition.Format: ExpressibleByArgument {}

extension Webhook {
    fileprivate var shownKinds: String { kinds.isEmpty ? "all" : kinds.joined(separator: ", ") }
}
