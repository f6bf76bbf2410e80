// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
]

// Each target stands for one sentence; docs/architecture.md lists them. Imports point down the tiers only.
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
        .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.28.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.8.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0"),
    ],
    targets: [
        // Tier 0
        .target(name: "CNumbers"),
        .target(name: "CProcesses"),
        .target(name: "CRuntimes"),
        .target(name: "CStorage"),
        .systemLibrary(
            name: "CArchive",
            pkgConfig: "libarchive",
            providers: [.apt(["libarchive-dev"])]
        ),
        .systemLibrary(
            name: "CZlib",
            pkgConfig: "zlib",
            providers: [.apt(["zlib1g-dev"])]
        ),
        .target(name: "RecordIO", swiftSettings: strict),
        .target(name: "Tensors", dependencies: ["CNumbers"], swiftSettings: strict),

        // Tier 1
        .target(name: "Definitions", dependencies: ["Tensors"], swiftSettings: strict),
        .target(name: "Archives", dependencies: ["CArchive", "CZlib"], swiftSettings: strict),
        .target(
            name: "ObjectStore",
            dependencies: ["CStorage", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: strict
        ),
        .target(name: "Processes", dependencies: ["CProcesses"], swiftSettings: strict),
        .target(
            name: "Runtimes",
            dependencies: [
                "Archives", "CRuntimes", "Definitions", "Processes", "Tensors",
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            exclude: ["Protos/saved_model.proto"],
            swiftSettings: strict
        ),
        .target(name: "InferenceLog", dependencies: ["Tensors"], swiftSettings: strict),
        .target(name: "Invocations", dependencies: ["Definitions", "RecordIO", "Tensors"], swiftSettings: strict),
        .target(name: "Tuning", swiftSettings: strict),
        .target(
            name: "Learning",
            dependencies: ["Archives", "Definitions", "RecordIO", "Runtimes", "Tensors"],
            swiftSettings: strict
        ),
        .target(
            name: "Pipelines",
            dependencies: ["Definitions", "Runtimes", "Tensors"],
            swiftSettings: strict
        ),
        .target(
            name: "Catalog",
            dependencies: ["Definitions", .product(name: "GRDB", package: "GRDB.swift")],
            swiftSettings: strict
        ),

        // Tier 2
        .target(
            name: "Platform",
            dependencies: [
                "Archives", "Catalog", "Definitions", "InferenceLog", "ObjectStore", "Pipelines", "Runtimes", "Tensors",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "Jobs",
            dependencies: [
                "Archives", "Catalog", "Definitions", "Invocations", "Learning", "ObjectStore", "Pipelines", "Platform",
                "Processes", "RecordIO", "Runtimes", "Tensors", "Tuning",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict
        ),

        // Tier 3
        .target(
            name: "NativeAPI",
            dependencies: ["Definitions", "Tensors", .product(name: "Yams", package: "Yams")],
            swiftSettings: strict
        ),
        .target(name: "OpenInference", dependencies: ["Definitions", "Tensors"], swiftSettings: strict),
        .target(
            name: "SageMaker",
            dependencies: [
                "Catalog", "Definitions", "InferenceLog", "Invocations", "Jobs", "ObjectStore", "Pipelines", "Platform",
                "Runtimes", "Tensors",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),

        // Tier 4
        .target(
            name: "ServerApp",
            dependencies: [
                "Archives", "Catalog", "Definitions", "InferenceLog", "Invocations", "Jobs", "NativeAPI", "ObjectStore",
                "OpenInference", "Pipelines", "Platform", "Runtimes", "SageMaker", "Tensors",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "X509", package: "swift-certificates"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "RoostClient",
            dependencies: [
                "Definitions", "NativeAPI",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOFoundationCompat", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),

        // Tier 5
        .executableTarget(
            name: "roost",
            dependencies: [
                "Archives", "Definitions", "Jobs", "Learning", "NativeAPI", "Processes", "RoostClient", "Runtimes",
                "SageMaker", "ServerApp", "Tensors",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: strict
        ),

        // Tests
        .target(
            name: "TestSupport",
            dependencies: ["Definitions", "Runtimes", "Tensors"],
            path: "Tests/TestSupport",
            swiftSettings: strict
        ),
        .testTarget(name: "RecordIOTests", dependencies: ["RecordIO"], swiftSettings: strict),
        .testTarget(name: "TensorsTests", dependencies: ["Tensors"], swiftSettings: strict),
        .testTarget(name: "DefinitionsTests", dependencies: ["Definitions", "Tensors"], swiftSettings: strict),
        .testTarget(
            name: "PipelinesTests",
            dependencies: ["Definitions", "Pipelines", "Runtimes", "Tensors", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "InferenceLogTests",
            dependencies: ["InferenceLog", "Tensors", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "NativeAPITests",
            dependencies: ["Definitions", "NativeAPI", "Tensors"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "OpenInferenceTests",
            dependencies: ["Definitions", "OpenInference", "Tensors"],
            swiftSettings: strict
        ),
        .testTarget(name: "ArchivesTests", dependencies: ["Archives", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "ObjectStoreTests", dependencies: ["ObjectStore", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "CatalogTests",
            dependencies: ["Catalog", "Definitions", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "RuntimesTests",
            dependencies: ["Definitions", "Runtimes", "Tensors", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "InvocationsTests",
            dependencies: ["Definitions", "Invocations", "RecordIO", "Tensors"],
            swiftSettings: strict
        ),
        .testTarget(name: "TuningTests", dependencies: ["Tuning"], swiftSettings: strict),
        .testTarget(
            name: "LearningTests",
            dependencies: ["Definitions", "Learning", "Runtimes", "Tensors", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(name: "PlatformTests", dependencies: ["Platform"], swiftSettings: strict),
        .testTarget(
            name: "JobsTests",
            dependencies: [
                "Archives", "Catalog", "Definitions", "Jobs", "ObjectStore", "Platform", "Processes", "Runtimes",
                "Tensors", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SageMakerTests",
            dependencies: ["Catalog", "Definitions", "ObjectStore", "SageMaker", "Tensors", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ServerAppTests",
            dependencies: [
                "Archives", "Definitions", "InferenceLog", "Pipelines", "Platform", "Runtimes", "ServerApp", "Tensors",
                "TestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
    ],
    cxxLanguageStandard: .cxx17
)
