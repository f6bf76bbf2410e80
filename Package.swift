// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
]

// The house: Foundations, Core, Services, APIs and App, from the bottom up, each a folder in Sources. docs/architecture.md has one
// sentence for each target. A target can only depend on targets that are declared before it in this file.
enum Layer: Int, Comparable, CustomStringConvertible {
    case foundations, core, services, apis, app

    static func < (lower: Layer, higher: Layer) -> Bool { lower.rawValue < higher.rawValue }

    /// The name of its folder.
    var description: String { ["Foundations", "Core", "Services", "APIs", "App"][rawValue] }
}

/// The layers of the targets that have been declared so far.
var layers: [String: Layer] = [:]

/// Notes where a target stands.
///
/// The manifest fails to load if the target depends on one that is declared later, on one of a higher layer, or, in the APIs, on
/// another API.
@MainActor
func place(_ name: String, in layer: Layer, above targets: [String] = []) {
    for dependency in targets {
        guard let below = layers[dependency] else {
            fatalError("\(name) cannot depend on \(dependency), which is not declared before it.")
        }
        guard below <= layer else {
            fatalError("\(name) of \(layer) cannot depend on \(dependency) of \(below), a higher layer.")
        }
        // The console is a client of the native API that runs in the server.
        guard
            layer != .apis || below != .apis || dependency == "AWS" || [name, dependency] == ["Console", "NativeAPI"]
        else { fatalError("\(name) cannot depend on \(dependency): no API knows another.") }
    }
    layers[name] = layer
}

/// A target in its layer's folder.
@MainActor
func layer(
    _ layer: Layer,
    _ name: String,
    _ targets: [String] = [],
    products: [Target.Dependency] = [],
    exclude: [String] = [],
    sources: [String]? = nil,
    resources: [Resource] = [],
    path: String? = nil,
    isExecutable: Bool = false
) -> Target {
    place(name, in: layer, above: targets)
    let path = path ?? "Sources/\(layer)/\(name)"
    let dependencies = targets.map { Target.Dependency.byName(name: $0) } + products
    if isExecutable {
        return .executableTarget(name: name, dependencies: dependencies, path: path, swiftSettings: strict)
    }
    return .target(
        name: name,
        dependencies: dependencies,
        path: path,
        exclude: exclude,
        sources: sources,
        resources: resources,
        swiftSettings: strict
    )
}

/// A library of the system, in its layer's folder.
@MainActor
func system(_ layer: Layer, _ name: String, pkgConfig: String, package: String) -> Target {
    place(name, in: layer)
    return .systemLibrary(
        name: name,
        path: "Sources/\(layer)/\(name)",
        pkgConfig: pkgConfig,
        providers: [.apt([package])]
    )
}

/// The tests of a target, in the folder of their name.
func tests(
    _ name: String,
    _ targets: [String],
    products: [Target.Dependency] = [],
    exclude: [String] = []
) -> Target {
    let dependencies = targets.map { Target.Dependency.byName(name: $0) } + products
    return .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

func nio(_ name: String) -> Target.Dependency { .product(name: name, package: "swift-nio") }

let package = Package(
    name: "roost",
    products: [
        .executable(name: "roost", targets: ["roost"]),
        .library(name: "RoostClient", targets: ["RoostClient"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.0"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.0.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.86.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.29.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.31.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.6.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.5.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.16.0"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.28.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.8.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0"),
    ],
    targets: [
        // Foundations: know nothing of Roost.
        layer(.foundations, "CChecksums"),
        layer(.foundations, "CNumbers"),
        layer(.foundations, "CProcesses"),
        layer(.foundations, "CRuntimes"),
        layer(.foundations, "CStorage"),
        system(.foundations, "CArchive", pkgConfig: "libarchive", package: "libarchive-dev"),
        system(.foundations, "CZlib", pkgConfig: "zlib", package: "zlib1g-dev"),
        layer(.foundations, "Checksums", ["CChecksums"], products: [crypto]),
        layer(.foundations, "Encodings"),
        layer(.foundations, "Files"),
        layer(.foundations, "LineLogs"),
        layer(.foundations, "RecordIO"),
        layer(.foundations, "Statistics"),
        layer(.foundations, "Tensors", ["CNumbers"]),
        layer(.foundations, "Tables", ["RecordIO", "Tensors"]),
        layer(.foundations, "Tuning"),
        layer(.foundations, "WorkThreads"),

        // Core: knows models and pipelines; no HTTP, and no words of an outside API.
        layer(.core, "Definitions", ["Encodings", "Tensors"]),
        layer(.core, "Words", ["Definitions", "Encodings"]),
        layer(.core, "Archives", ["CArchive", "CZlib", "Encodings", "Files"]),
        layer(.core, "Storage", ["CStorage", "Checksums", "Encodings", "Files"], products: [crypto]),
        layer(.core, "Processes", ["CProcesses", "WorkThreads"]),
        layer(
            .core,
            "Programs",
            ["Archives", "Processes"],
            products: [nio("NIOCore"), nio("NIOFoundationCompat"), nio("NIOHTTP1"), nio("NIOPosix")]
        ),
        layer(
            .core,
            "Runtimes",
            ["Archives", "CRuntimes", "Definitions", "Files", "Processes", "Programs", "Tensors"],
            products: [nio("NIOPosix"), protobuf, subprocess, systemPackage],
            exclude: ["TensorFlow/Protos/saved_model.proto"]
        ),
        layer(.core, "InferenceLog", ["CChecksums", "Encodings", "Files", "Tensors"]),
        layer(.core, "Invocations", ["Definitions", "Encodings", "RecordIO", "Tables", "Tensors"]),
        layer(.core, "Learning", ["Archives", "Definitions", "Files", "RecordIO", "Runtimes", "Tables"]),
        layer(.core, "Pipelines", ["Definitions", "Encodings", "Runtimes", "Tensors"]),
        layer(
            .core,
            "Outgoing",
            ["Definitions", "WorkThreads"],
            products: [
                .product(name: "AsyncHTTPClient", package: "async-http-client"), nio("NIOCore"),
                nio("NIOFoundationCompat"), nio("NIOHTTP1"), nio("NIOPosix"),
            ]
        ),
        layer(.core, "Database", products: [grdb]),
        layer(.core, "Catalog", ["Database", "Definitions"]),

        // Services: what a user can do, whatever the API. Only they see the catalog and the stores.
        layer(.services, "Access", ["Catalog", "Definitions"]),
        layer(
            .services,
            "Events",
            ["Catalog", "Definitions", "Encodings", "Outgoing", "Processes", "WorkThreads"],
            products: [crypto, logging]
        ),
        layer(
            .services,
            "Buckets",
            ["Archives", "Catalog", "Checksums", "Definitions", "Encodings", "Files", "Storage", "WorkThreads"]
        ),
        layer(
            .services,
            "Serving",
            [
                "Archives", "Catalog", "Definitions", "Encodings", "Events", "Files", "InferenceLog", "Pipelines",
                "Processes", "Programs", "Runtimes", "Storage", "Tensors", "WorkThreads",
            ],
            products: [logging, nio("NIOCore")]
        ),
        layer(
            .services,
            "TimeSeries",
            ["CChecksums", "Catalog", "Definitions", "Encodings", "Files", "Serving", "WorkThreads"],
            products: [logging]
        ),
        layer(
            .services,
            "Platform",
            [
                "Archives", "Buckets", "Catalog", "Definitions", "Events", "Files", "InferenceLog", "Pipelines",
                "Processes", "Programs", "Runtimes", "Serving", "Storage", "Tensors", "WorkThreads",
            ],
            products: [logging]
        ),
        layer(
            .services,
            "Jobs",
            [
                "Archives", "Buckets", "Catalog", "Checksums", "Definitions", "Encodings", "Events", "Files",
                "Invocations", "Learning", "LineLogs", "Platform", "Processes", "Programs", "RecordIO", "Runtimes",
                "Serving", "Statistics", "Storage", "Tables", "Tensors",
                "Tuning", "WorkThreads",
            ],
            products: [crypto, logging]
        ),
        layer(
            .services,
            "Functions",
            [
                "Access", "Archives", "Buckets", "Catalog", "Definitions", "Encodings", "Files", "LineLogs",
                "Processes",
                "Programs", "Runtimes", "Storage", "Tensors", "WorkThreads",
            ],
            products: [logging]
        ),
        layer(
            .services,
            "Monitoring",
            [
                "Buckets", "Catalog", "Checksums", "Definitions", "Encodings", "Events", "Files", "InferenceLog",
                "Pipelines", "Platform", "Processes", "Runtimes", "Serving", "Statistics", "Tables", "Tensors",
                "WorkThreads",
            ],
            products: [logging, nio("NIOCore")]
        ),
        layer(
            .services,
            "Endpoints",
            [
                "Buckets", "Catalog", "Definitions", "Events", "LineLogs", "Monitoring", "Pipelines", "Platform",
                "Processes",
                "Serving", "Statistics", "WorkThreads",
            ],
            products: [logging]
        ),
        layer(
            .services,
            "Analyses",
            [
                "Buckets", "Catalog", "Definitions", "Encodings", "Endpoints", "Events", "Jobs", "Monitoring",
                "Platform", "Processes", "Serving", "Tables", "Tensors", "WorkThreads",
            ],
            products: [logging]
        ),
        layer(
            .services,
            "Suites",
            [
                "Buckets", "Catalog", "Definitions", "Events", "Functions", "InferenceLog", "Jobs", "Monitoring",
                "Pipelines", "Platform", "Processes", "Runtimes", "Serving", "Statistics", "Tables", "Tensors",
                "WorkThreads",
            ],
            products: [logging]
        ),
        layer(
            .services,
            "Loops",
            [
                "Catalog", "Definitions", "Endpoints", "Events", "Jobs", "Monitoring", "Platform", "Processes",
                "Suites",
            ],
            products: [logging]
        ),
        layer(
            .services,
            "Backups",
            ["Archives", "Catalog", "Checksums", "Definitions", "Encodings", "Files", "Storage", "WorkThreads"],
            products: [crypto]
        ),
        layer(
            .services,
            "DataFolder",
            [
                "Access", "Analyses", "Archives", "Backups", "Buckets", "Catalog", "Definitions", "Endpoints",
                "Events",
                "Functions", "Jobs", "Loops", "Monitoring", "Outgoing", "Platform", "Programs", "Serving", "Storage",
                "Suites", "TimeSeries",
            ],
            products: [logging]
        ),

        // APIs: one outside API each. None knows an HTTP server, and none but AWS is known to another.
        layer(
            .apis,
            "NativeAPI",
            [
                "Buckets", "Checksums", "Definitions", "Encodings", "Endpoints", "Events", "Files", "Functions",
                "InferenceLog",
                "Jobs",
                "LineLogs", "Loops", "Monitoring", "Pipelines", "Platform", "Serving", "Suites", "Tensors",
                "TimeSeries", "Words", "WorkThreads",
            ],
            products: [nio("NIOCore"), yams]
        ),
        layer(
            .apis,
            "OpenInference",
            ["Definitions", "InferenceLog", "Pipelines", "Serving", "Tensors"],
            products: [nio("NIOCore")]
        ),
        layer(
            .apis,
            "AWS",
            ["Access", "Definitions", "Encodings", "Platform", "Tensors"],
            products: [crypto, logging]
        ),
        layer(
            .apis,
            "S3",
            ["AWS", "Access", "Buckets", "Checksums", "Definitions", "Encodings", "Platform"],
            products: [crypto, logging]
        ),
        layer(
            .apis,
            "SageMaker",
            ["AWS", "Analyses", "Buckets", "Definitions", "Endpoints", "Jobs", "Monitoring", "Platform", "Serving"],
            path: "Sources/APIs/SageMaker/ControlPlane"
        ),
        layer(
            .apis,
            "SageMakerRuntime",
            [
                "AWS", "Definitions", "Encodings", "Endpoints", "InferenceLog", "Invocations", "Pipelines",
                "Runtimes", "Serving", "Tensors",
            ],
            products: [nio("NIOCore")],
            path: "Sources/APIs/SageMaker/Runtime"
        ),
        layer(
            .apis,
            "CloudWatch",
            [
                "AWS", "Analyses", "Definitions", "Endpoints", "Functions", "Jobs", "LineLogs", "Serving", "TimeSeries",
                "WorkThreads",
            ]
        ),
        layer(
            .apis,
            "Console",
            ["Definitions", "Encodings", "LineLogs", "NativeAPI", "Tensors", "Words"],
            products: [crypto, .product(name: "Mustache", package: "swift-mustache")],
            resources: [.embedInCode("Resources")]
        ),
        layer(.apis, "AWSAccount", ["AWS", "Access", "Definitions", "Encodings", "Jobs", "Platform", "Serving"]),

        layer(.apis, "Lambda", ["AWS", "Definitions", "Encodings", "Functions"], products: [logging]),
        layer(
            .apis,
            "APIGateway",
            ["AWS", "Definitions", "Encodings", "Outgoing", "Platform", "WorkThreads"],
            products: [logging, yams]
        ),

        // App: listens, and puts everything together.
        layer(
            .app,
            "ServerApp",
            [
                "APIGateway", "AWS", "AWSAccount", "Access", "Analyses", "Archives", "Buckets", "CloudWatch", "Console",
                "DataFolder",
                "Definitions", "Encodings", "Endpoints", "Events", "Files", "Functions", "InferenceLog", "Jobs",
                "Lambda", "Loops", "Monitoring",
                "NativeAPI", "OpenInference", "Outgoing", "Pipelines", "Platform", "Processes", "Runtimes", "S3",
                "SageMaker", "SageMakerRuntime", "Serving", "Suites",
                "Tensors", "TimeSeries", "WorkThreads",
            ],
            products: [
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "X509", package: "swift-certificates"),
                crypto, logging, nio("NIOCore"), nio("NIOHTTP1"),
            ]
        ),
        layer(
            .app,
            "RoostClient",
            ["Definitions", "Encodings", "Files", "NativeAPI"],
            products: [
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                nio("NIOCore"), nio("NIOFoundationCompat"), nio("NIOHTTP1"), nio("NIOPosix"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]
        ),
        layer(
            .app,
            "roost",
            [
                "Access", "Archives", "Backups", "Checksums", "DataFolder", "Definitions", "Encodings", "Files",
                "Functions", "InferenceLog", "Jobs", "Learning", "NativeAPI", "Outgoing", "Processes", "Programs",
                "RoostClient",
                "Runtimes", "ServerApp", "Serving", "Tensors", "Words", "WorkThreads",
            ],
            products: [.product(name: "ArgumentParser", package: "swift-argument-parser"), crypto, logging],
            isExecutable: true
        ),

        // Tests
        .target(
            name: "TestSupport",
            dependencies: ["Definitions", "Runtimes", "Tensors"],
            path: "Tests/TestSupport",
            swiftSettings: strict
        ),
        tests("ChecksumsTests", ["Checksums", "Encodings"]),
        tests("EncodingsTests", ["Encodings"]),
        tests("FilesTests", ["Files", "TestSupport"]),
        tests("LineLogsTests", ["LineLogs", "TestSupport"]),
        tests("RecordIOTests", ["RecordIO"]),
        tests(
            "StatisticsTests",
            ["Statistics"],
            exclude: ["drift_fixtures.json", "fixtures.json", "make_drift_fixtures.py", "make_fixtures.py"]
        ),
        tests("TablesTests", ["Tables", "Tensors"]),
        tests("TensorsTests", ["Tensors"]),
        tests("DefinitionsTests", ["Definitions", "Tensors"]),
        tests("WordsTests", ["Definitions", "TestSupport", "Words"]),
        tests("PipelinesTests", ["Definitions", "Encodings", "Pipelines", "Runtimes", "Tensors", "TestSupport"]),
        tests("InferenceLogTests", ["Encodings", "Files", "InferenceLog", "Tensors", "TestSupport"]),
        tests("NativeAPITests", ["Definitions", "NativeAPI", "Pipelines", "Tensors", "TestSupport"]),
        tests("OpenInferenceTests", ["Definitions", "OpenInference", "Tensors"]),
        tests("ArchivesTests", ["Archives", "TestSupport"]),
        tests("StorageTests", ["Checksums", "Encodings", "Files", "Storage", "TestSupport"]),
        tests("OutgoingTests", ["Outgoing"]),
        tests("DatabaseTests", ["Database", "TestSupport"]),
        tests("CatalogTests", ["Catalog", "Database", "Definitions", "TestSupport"]),
        tests("AccessTests", ["Access", "Catalog", "TestSupport"]),
        tests(
            "EventsTests",
            ["Catalog", "Definitions", "Events", "TestSupport"],
            products: [logging]
        ),
        tests("ProcessesTests", ["Processes", "TestSupport"]),
        tests("ProgramsTests", ["Processes", "Programs", "TestSupport"]),
        tests("RuntimesTests", ["Definitions", "Runtimes", "Tensors", "TestSupport"]),
        tests("InvocationsTests", ["Definitions", "Invocations", "RecordIO", "Tables", "Tensors"]),
        tests("TuningTests", ["Tuning"]),
        tests("LearningTests", ["Learning", "TestSupport"]),
        tests(
            "BucketsTests",
            ["Buckets", "Catalog", "Checksums", "Definitions", "Encodings", "Files", "Storage", "TestSupport"]
        ),
        tests(
            "PlatformTests",
            ["DataFolder", "Definitions", "Files", "Platform", "Programs", "Runtimes", "Storage", "TestSupport"],
            products: [logging]
        ),
        tests(
            "DataFolderTests",
            ["DataFolder", "Definitions", "Platform", "Programs", "Runtimes", "TestSupport"],
            products: [logging]
        ),
        tests("ServingTests", ["Definitions", "Serving", "TestSupport"]),
        tests("TimeSeriesTests", ["Definitions", "Serving", "TestSupport", "TimeSeries"]),
        tests(
            "MonitoringTests",
            [
                "Archives", "Catalog", "DataFolder", "Definitions", "Encodings", "InferenceLog", "Monitoring",
                "Pipelines", "Platform", "Programs", "Runtimes", "Statistics", "Tensors", "TestSupport",
            ],
            products: [logging]
        ),
        tests(
            "JobsTests",
            [
                "Archives", "Buckets", "Catalog", "DataFolder", "Database", "Definitions", "Files", "Jobs", "LineLogs",
                "Platform", "Programs", "Runtimes", "Storage", "Tensors", "TestSupport",
            ],
            products: [logging]
        ),
        tests("AWSTests", ["AWS"]),
        tests(
            "AWSAccountTests",
            [
                "AWS", "AWSAccount", "Access", "DataFolder", "Definitions", "Platform", "Programs", "Runtimes",
                "TestSupport",
            ],
            products: [logging]
        ),
        tests(
            "APIGatewayTests",
            [
                "APIGateway", "AWS", "DataFolder", "Definitions", "Encodings", "Outgoing", "Platform", "Programs",
                "Runtimes", "TestSupport", "WorkThreads",
            ],
            products: [logging]
        ),
        tests(
            "LambdaTests",
            ["AWS", "DataFolder", "Definitions", "Functions", "Lambda", "Programs", "Runtimes", "TestSupport"],
            products: [logging]
        ),
        tests("S3Tests", ["AWS", "Definitions", "S3"]),
        tests(
            "AnalysesTests",
            [
                "Analyses", "Buckets", "Catalog", "DataFolder", "Definitions", "Encodings", "Endpoints", "Events",
                "Platform", "Programs", "Runtimes", "Tensors", "TestSupport",
            ],
            products: [logging]
        ),
        tests("LoopsTests", ["Definitions", "Loops"]),
        tests(
            "EndpointsTests",
            [
                "Archives", "Buckets", "Catalog", "DataFolder", "Definitions", "Endpoints", "Platform", "Programs",
                "Runtimes", "Tensors", "TestSupport",
            ],
            products: [logging]
        ),
        tests("SageMakerTests", ["AWS", "AWSAccount", "CloudWatch", "Definitions", "Jobs", "SageMaker"]),
        tests(
            "ServerAppTests",
            [
                "Access", "DataFolder", "Definitions", "Endpoints", "InferenceLog", "NativeAPI", "OpenInference",
                "Outgoing",
                "Pipelines",
                "Programs", "Runtimes", "S3", "SageMakerRuntime", "ServerApp", "Serving", "Tensors", "TestSupport",
            ],
            products: [
                logging, nio("NIOCore"), nio("NIOEmbedded"), nio("NIOHTTP1"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ]
        ),
        tests(
            "RoostClientTests",
            ["Definitions", "NativeAPI", "RoostClient"],
            products: [
                .product(name: "AsyncHTTPClient", package: "async-http-client"), nio("NIOCore"), nio("NIOHTTP1"),
            ]
        ),
        tests(
            "CommandTests",
            ["Definitions", "NativeAPI", "RoostClient", "Tensors", "TestSupport", "roost"],
            products: [.product(name: "ArgumentParser", package: "swift-argument-parser"), logging]
        ),
    ],
    cxxLanguageStandard: .cxx17
)
