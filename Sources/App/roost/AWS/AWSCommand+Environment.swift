import ArgumentParser
import Crypto
import Definitions
import Encodings
import Files
import Foundation
import NativeAPI
import RoostClient
import Runtimes

extension AWSCommand {
    struct Environment: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "env",
            abstract:
                "Print shell commands that make boto3, the SageMaker SDK and the aws command use the server.",
            discussion: """
                Run this in your shell: eval "$(roost aws env)". Clients that have AWS's addresses built in connect \
                through the server's proxy, which only serves *.amazonaws.com. Install packages from another shell.
                """
        )

        @OptionGroup var server: ServerOptions

        @Option(help: "Region for the clients to use.")
        var region = "us-east-1"

        @Option(help: "Shell to print for; sh is also for bash and zsh.")
        var shell = ShellSyntax.sh

        func validate() throws {
            // The SDKs look the region up in AWS's list.
            guard region.wholeMatch(of: /[a-z]{2}(-[a-z]+)+-[0-9]/) != nil else {
                throw ValidationError("'\(region)' is not a valid region. Expected an AWS region such as us-east-1.")
            }
        }

        func run() async throws {
            do {
                try await reportingErrors { try await describe() }
            } catch {
                // Makes 'eval' fail as well: a shell that continued would talk to AWS itself.
                print("false")
                throw error
            }
        }

        private func describe() async throws {
            let client = try server.client
            let access = try await access(through: client)
            let bundle = try CertificateBundle.write(access.certificate)
            for name in AWSVariables.unwanted { print(shell.unset(name)) }
            for (name, value) in AWSVariables.wanted(
                url: client.baseURL,
                region: region,
                bundle: bundle,
                signs: access.verifiesSignatures
            ) {
                print(shell.set(name, value))
            }
            if access.verifiesSignatures, ProcessInfo.processInfo.environment["AWS_SECRET_ACCESS_KEY"] == nil {
                let note = "The server verifies signatures. Also set a key printed by 'roost aws keys make'."
                Output.note(note)
            }
        }

        /// Retries for a moment, because a script may just have started the server.
        private func access(through client: RoostClient) async throws -> AWSAccess {
            let deadline = ContinuousClock.now + .seconds(5)
            while true {
                do {
                    return try await client.awsAccess()
                } catch let error as RoostError {
                    guard error.code == .unavailable, ContinuousClock.now < deadline else { throw error }
                    try await Task.sleep(for: .milliseconds(100))
                }
            }
        }
    }
}

/// How a shell sets variables.
enum ShellSyntax: String, ExpressibleByArgument, CaseIterable {
    case sh, fish

    func set(_ name: String, _ value: String) -> String {
        switch self {
        case .sh: "export \(name)='\(value.replacingBytes(of: "'", with: #"'\''"#))'"
        case .fish:
            "set -gx \(name) '\(value.replacingBytes(of: #"\"#, with: #"\\"#).replacingBytes(of: "'", with: #"\'"#))'"
        }
    }

    func unset(_ name: String) -> String {
        switch self {
        case .sh: "unset \(name)"
        case .fish: "set -e \(name)"
        }
    }
}

/// The environment of a shell that talks to a server instead of AWS.
private enum AWSVariables {
    /// Variables that would lead clients elsewhere.
    static let unwanted =
        ["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"]
        + [
            "S3", "SAGEMAKER", "SAGEMAKER_RUNTIME", "CLOUDWATCH", "CLOUDWATCH_LOGS", "STS", "IAM", "SERVICE_QUOTAS",
        ].map { "AWS_ENDPOINT_URL_\($0)" }

    static func wanted(url: String, region: String, bundle: String, signs: Bool) -> [(String, String)] {
        let environment = ProcessInfo.processInfo.environment
        let host = URLComponents(string: url)?.host ?? "127.0.0.1"
        let known = (environment["NO_PROXY"] ?? environment["no_proxy"] ?? "").split(separator: ",").map(String.init)
        let direct = ["127.0.0.1", "localhost", "::1", host.trimmingCharacters(in: ["[", "]"])]
        let withoutProxy = (known + direct.filter { !known.contains($0) }).uniqued.joined(separator: ",")
        // Even a server that does not verify signatures needs keys here: without them, clients send no requests.
        let keys = signs ? [] : [("AWS_ACCESS_KEY_ID", "roost"), ("AWS_SECRET_ACCESS_KEY", "roost")]
        return [("AWS_ENDPOINT_URL", url)] + keys + [
            ("AWS_DEFAULT_REGION", region), ("AWS_REGION", region), ("AWS_EC2_METADATA_DISABLED", "true"),
            // Python reads the lowercase names first.
            ("HTTPS_PROXY", url), ("https_proxy", url), ("NO_PROXY", withoutProxy), ("no_proxy", withoutProxy),
            ("AWS_CA_BUNDLE", bundle), ("REQUESTS_CA_BUNDLE", bundle), ("SAGEMAKER_SUPPRESS_V2_WARNING", "1"),
        ]
    }
}

extension [String] {
    fileprivate var uniqued: [String] {
        var seen: Set<String> = []
        return filter { seen.insert($0).inserted }
    }
}

/// A file of certificates to trust: the server's own, and those that the system trusts, for everything else in the shell.
private enum CertificateBundle {
    private static let systems = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem",
        "/etc/ssl/ca-bundle.pem",
    ]

    /// - Returns: The file's path, which is always the same for one server.
    static func write(_ certificate: String) throws -> String {
        let digest = SHA256.hash(data: Data(certificate.utf8)).prefix(6).hexadecimal
        let folder = URL(filePath: RuntimeLibrary.SearchPath.userFolder()).absoluteURL.path + "/aws"
        let path = "\(folder)/certificates-\(digest).pem"
        // The user's own bundle, unless an earlier call wrote it.
        let environment = ProcessInfo.processInfo.environment
        let trusted = environment["REQUESTS_CA_BUNDLE"].flatMap { given in
            given.hasPrefix(folder + "/") ? nil : given
        }
        // The authority of a proxy in front of the server.
        let added = environment["SSL_CERT_FILE"].flatMap { try? String(contentsOfFile: $0, encoding: .utf8) } ?? ""
        let system = ([trusted].compactMap(\.self) + systems).lazy.compactMap {
            try? String(contentsOfFile: $0, encoding: .utf8)
        }.first
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Files.write(Data([certificate, added, system ?? ""].joined(separator: "\n").utf8), to: path)
        } catch {
            throw RoostError(.unavailable, "'\(path)' cannot be written. Set ROOST_DATA to use another folder.")
        }
        return path
    }
}
