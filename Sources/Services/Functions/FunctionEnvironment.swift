import Definitions
import Foundation

/// The environment variables of a function, as AWS sets them.
///
/// - Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
struct FunctionEnvironment {
    /// Bytes of the variables that a user may set.
    static let limit = 4096

    private static let reserved: Set<String> = [
        "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API",
        "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR", "AWS_LAMBDA_MAX_CONCURRENCY",
    ]

    /// Checks the variables that a user sets.
    static func check(_ variables: [String: String]) throws(FunctionProblem) {
        let set = variables.keys.filter(reserved.contains)
        guard set.isEmpty else { throw .reservedVariables(set.sorted()) }
        let unnamed = variables.keys.filter { !isName($0) }
        guard unnamed.isEmpty else { throw .invalidVariableNames(unnamed.sorted()) }
        let cut = variables.filter { $0.value.utf8.contains(0) }.keys
        guard cut.isEmpty else { throw .invalidVariableValues(cut.sorted()) }
        let byteCount = variables.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        guard byteCount <= limit else { throw .variablesTooLarge(limit: limit) }
    }

    /// AWS's rule: `[a-zA-Z]([a-zA-Z0-9_])+`.
    private static func isName(_ name: String) -> Bool {
        func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
        let bytes = name.utf8
        guard bytes.count >= 2, let first = bytes.first, isLetter(first) else { return false }
        return bytes.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_") }
    }

    let function: Function
    let version: FunctionVersion
    /// The name of the process's stream in the function's log.
    let stream: String
    /// The folder with the code.
    let root: String
    /// The folders with the layers, in their order.
    let layers: [String]
    /// The folder with AWS's runtime client for Python; `nil` for a program of its own.
    let runtimeFolder: String?
    /// The folder for temporary files.
    let temporaryFolder: String
    let serverURL: String

    /// Returns the variables for a process.
    ///
    /// - Parameters:
    ///   - runtimeAPI: The address of the Runtime API.
    ///   - credentials: What it signs its requests with.
    func variables(runtimeAPI: String, credentials: [String: String]) -> [String: String] {
        let server = ProcessInfo.processInfo.environment
        let configuration = version.configuration
        var variables = [
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_VERSION": version.number,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": String(configuration.memory),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": FunctionLogs.group(of: function.name),
            "AWS_LAMBDA_LOG_STREAM_NAME": stream,
            "AWS_EXECUTION_ENV": "AWS_Lambda_\(configuration.runtime)",
            "AWS_REGION": function.region,
            "AWS_DEFAULT_REGION": function.region,
            "LAMBDA_TASK_ROOT": root,
            "LAMBDA_RUNTIME_DIR": runtimeFolder ?? root,
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "PWD": root,
            "HOME": temporaryFolder,
            "TMPDIR": temporaryFolder,
            "PYTHONUNBUFFERED": "1",
            // The SDKs in a function talk to this server, and to no cloud.
            "AWS_ENDPOINT_URL": serverURL,
            "AWS_EC2_METADATA_DISABLED": "true",
        ]
        if configuration.logsJSON { variables["AWS_LAMBDA_LOG_FORMAT"] = "JSON" }
        if let level = configuration.logLevel { variables["AWS_LAMBDA_LOG_LEVEL"] = level }
        variables["PATH"] = (layers.map { $0 + "/bin" } + [server["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"])
            .joined(separator: ":")
        variables["LD_LIBRARY_PATH"] =
            ([root, root + "/lib"] + layers.map { $0 + "/lib" } + [server["LD_LIBRARY_PATH"]].compactMap { $0 })
            .joined(separator: ":")
        // Layers come before the packages of the runtime, which are there for functions without any of their own.
        let packages =
            layers.flatMap { [$0 + "/python"] + Self.sitePackages(of: $0) } + [runtimeFolder].compactMap { $0 }
        if !packages.isEmpty { variables["PYTHONPATH"] = packages.joined(separator: ":") }
        variables.merge(configuration.environment) { _, given in given }
        // What the server sets for itself cannot be overridden.
        variables.merge(credentials) { _, own in own }
        variables["AWS_LAMBDA_RUNTIME_API"] = runtimeAPI
        variables["_HANDLER"] = configuration.handler
        return variables
    }

    /// `python/lib/python3.X/site-packages` of a layer.
    private static func sitePackages(of layer: String) -> [String] {
        let folder = layer + "/python/lib"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return versions.sorted().map { "\(folder)/\($0)/site-packages" }
    }
}
