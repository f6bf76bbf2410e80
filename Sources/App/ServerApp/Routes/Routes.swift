import AWS
import Access
import Console
import DataFolder
import Definitions
import HTTPTypes
import Hummingbird
import Logging
import Loops
import NativeAPI
import S3
import SageMaker
import SageMakerRuntime
import Serving

/// All routes except those of the fast path.
struct Routes: Sendable {
    let folder: DataFolder
    let s3: S3Service
    let logger: Logger
    let policy: AccessPolicy
    let access: NativeAPIAccess
    let runtime: SageMakerRuntime
    let server: ServerOperations
    let artifactLimit: Int
    let budget: BodyBudget
    let apis: PublicAPIs
    let isAccessLogged: Bool

    /// The operations of the native API and of the Open Inference Protocol.
    var operations: [APIOperation] {
        let groups: [any OperationGroup] = [
            server,
            OverviewOperations(
                platform: folder.platform,
                endpoints: folder.endpoints,
                events: folder.events,
                releases: folder.releases,
                assays: folder.assays,
                jobs: folder.jobs,
                loops: folder.loops
            ),
            NameOperations(platform: folder.platform),
            WorkspaceOperations(platform: folder.platform),
            ModelOperations(platform: folder.platform, jobs: folder.jobs, artifactLimit: artifactLimit),
            BucketOperations(buckets: folder.buckets, objectLimit: artifactLimit),
            AlgorithmOperations(platform: folder.platform) { version in
                try await AWSRegistry.sageMaker(folder).hasModel(of: version)
            },
            PipelineOperations(platform: folder.platform),
            SeriesOperations(
                platform: folder.platform,
                endpoints: folder.endpoints,
                series: folder.series
            ),
            ArmOperations(platform: folder.platform),
            DeploymentOperations(
                platform: folder.platform,
                releases: folder.releases,
                endpoints: folder.endpoints
            ),
            MonitoringOperations(monitoring: folder.monitoring),
            ComparisonOperations(platform: folder.platform, monitoring: folder.monitoring),
            SimulationOperations(monitoring: folder.monitoring),
            ReleaseOperations(releases: folder.releases),
            EventOperations(events: folder.events),
            AssayOperations(assays: folder.assays),
            SuiteOperations(suites: folder.suites),
            GateOperations(platform: folder.platform),
            LoopOperations(loops: folder.loops, monitoring: folder.monitoring),
            WebhookOperations(webhooks: folder.webhooks),
            JobOperations(training: folder.jobs),
            JobOperations(tuning: folder.jobs),
            JobOperations(transform: folder.jobs),
            JobOperations(curves: folder.jobs),
            JobMetricOperations(jobs: folder.jobs),
            LearningCurveOperations(jobs: folder.jobs),
            FunctionOperations(functions: folder.functions),
            endpointOperations,
            GatewayOperations(store: apis.store),
            QuotaOperations(quotas: AWSRegistry.quotas(folder)),
            InferenceOperations(),
            OpenInferenceOperations(serving: folder.serving, lifecycle: server.lifecycle, version: server.version),
        ]
        let operations = groups.flatMap(\.operations)
        return operations + [server.document(of: operations)]
    }

    private var endpointOperations: EndpointOperations {
        let sageMaker = AWSRegistry.sageMaker(folder)
        return EndpointOperations(
            endpoints: folder.endpoints,
            dialect: EndpointOperations.Dialect(
                configuration: SageMakerService.configuration,
                configurations: { try await sageMaker.configurations($0) },
                configurationNamed: { try await sageMaker.configuration(named: $0) },
                deleteConfiguration: { try await sageMaker.delete(configuration: $0) },
                delete: { try await sageMaker.delete(endpoint: $0) }
            )
        )
    }

    var dispatcher: AWSDispatcher {
        AWSRegistry.dispatcher(AWSParts(folder: folder, apis: apis, policy: policy), logger: logger)
    }

    var apiRoutes: APIRoutes { APIRoutes(apis: apis, policy: policy, budget: budget) }

    private func console(_ operations: [APIOperation]) throws -> Console {
        let inferences = NativeInference(folder.serving)
        return try Console(operations: operations, version: server.version) { pipeline, body in
            await inferences.infer(pipeline, body)
        } describe: { [logger] error, path in
            RoostError(thrown: error, path: path, logger)
        }
    }

    func router() throws -> Router<RoutedContext> {
        let router = Router(context: RoutedContext.self)
        let operations = operations
        router.add(middleware: RequestLog(isAccessLogged: isAccessLogged))
        router.add(middleware: BrowserIsolation())
        router.add(middleware: MemoryReturn())
        let s3 = S3Routes(service: s3)
        router.add(middleware: PublicRoutes(s3: s3, apis: apiRoutes))
        router.add(
            middleware: AWSRoutes(
                dispatcher: dispatcher,
                s3: s3,
                serving: folder.serving,
                runtime: runtime,
                policy: policy,
                budget: budget
            )
        )
        router.add(middleware: HeadResponses())
        router.add(middleware: ResponseCompression())
        router.add(middleware: ErrorMiddleware(operations: operations))
        router.add(middleware: NativeAPIGuard(access: access))
        router.add(middleware: ConsoleRoutes(console: try console(operations), budget: budget))
        for operation in operations { add(operation, to: router) }
        return router
    }

    private func add(_ operation: APIOperation, to router: Router<RoutedContext>) {
        let path = RouterPath(operation.path.replacing("{", with: ":").replacing("}", with: ""))
        let known = operation.query.map(\.name)
        let respond: @Sendable (Request, RoutedContext) async throws -> Response = { request, context in
            _ = try InferenceHead.parameters(of: request.uri.query ?? "", known: known)
            guard let handler = operation.handler else {
                // A request that gets here has a form that the fast path does not accept.
                throw RoostError(.internalError, "The request did not reach the inference route.")
            }
            let answer: @Sendable (Request) async throws -> Response = { request in
                try await Response(handler(Call(request, context, bodyLimit: operation.bodyLimit, budget)), context)
            }
            guard operation.endsWithClient else { return try await answer(request) }
            var response = try await request.body.consumeWithCancellationOnInboundClose { body in
                var request = request
                request.body = body
                return try await answer(request)
            }
            // What reads the connection to see its end cannot give it back.
            response.headers[.connection] = "close"
            return response
        }
        router.on(path, method: HTTPRequest.Method(operation.method), use: respond)
        if operation.method == .get { router.on(path, method: .head, use: respond) }
    }
}

extension HTTPRequest.Method {
    fileprivate init(_ method: APIOperation.Method) {
        self =
            switch method {
            case .get: .get
            case .post: .post
            case .put: .put
            case .delete: .delete
            }
    }
}
