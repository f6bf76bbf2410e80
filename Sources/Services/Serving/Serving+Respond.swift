package import Definitions
import InferenceLog
package import NIOCore
import Pipelines
import Runtimes

extension Serving {
    package typealias ResponseCompletion = @Sendable (InferenceResponse) -> Void

    /// Responds to a request for an inference: finds its route, decodes the body for it, runs the models, and encodes the result.
    ///
    /// All of that happens on this thread if it is cheap, and otherwise on the inference pool.
    ///
    /// - Parameters:
    ///   - start: Started when the request's last byte arrived.
    ///   - completion: Called exactly once, before this returns or later on another thread.
    package func respond(
        to call: any InferenceCall,
        body: ByteBuffer,
        start: Stopwatch,
        completion: @escaping ResponseCompletion
    ) {
        guard body.readableBytes > call.eventLoopBytes else {
            return respond(to: call, body: body, start: start, isOnPool: false, completion)
        }
        let isAccepted = pool.submit { [self] in
            respond(to: call, body: body, start: start, isOnPool: true, completion)
        }
        guard !isAccepted else { return }
        (try? call.route())?.countRefusal()
        completion(call.encode(.tooManyWaiting))
    }

    /// Looks for what answers a request. What is not found while the server starts may be loading: clients should try again, and not
    /// take it for gone.
    package func found<Value>(_ find: () throws(RoostError) -> Value) -> Result<Value, RoostError> {
        // Asked before, since what is not found may be there right after.
        let isStarting = isStarting
        do throws(RoostError) {
            return .success(try find())
        } catch {
            guard isStarting, error.code == .notFound else { return .failure(error) }
            return .failure(RoostError(.unavailable, "The server is starting. Try again in a moment."))
        }
    }

    private func respond(
        to call: any InferenceCall,
        body: ByteBuffer,
        start: Stopwatch,
        isOnPool: Bool,
        _ completion: @escaping ResponseCompletion
    ) {
        let route: InferenceRoute
        let decoded: DecodedInference
        do throws(RoostError) {
            route = try found(call.route).get()
        } catch {
            return completion(call.encode(error))
        }
        guard !route.plan.hasFunctions || isOnPool else {
            let isAccepted = functions.wait { [self] in
                respond(to: call, body: body, start: start, isOnPool: true, completion)
            }
            if !isAccepted {
                route.countRefusal()
                completion(call.encode(.tooManyWaiting))
            }
            return
        }
        var functions: [InferenceRecord.FunctionRun] = []
        do throws(RoostError) {
            decoded = try call.decode(runFunctionsBefore(body, on: route, &functions), for: route)
        } catch {
            route.count(error.code)
            route.countUnreadable()
            return completion(call.encode(error))
        }
        var request: InferenceRequest
        switch decoded {
        case .run(let inference): request = inference
        case .respond(let response): return completion(response)
        }
        request.functions = functions
        infer(request, on: route, start: start, isOnPool: isOnPool) { result in
            switch result {
            case .success(let result): completion(call.encode(result, for: route))
            case .failure(let error): completion(call.encode(error))
            }
        }
    }

    /// Returns what a name stands for where pipelines and models share one name space: a deployed pipeline, or else a loaded model.
    ///
    /// - Parameter version: `nil` for the deployed version of a pipeline, or the newest of a model.
    package func pipelineOrModel(named name: String, version: String?) throws(RoostError) -> ServedPipeline {
        if let pipeline = served[name] {
            guard let version, pipeline.current.executable.versionID != version else { return pipeline }
            throw RoostError(
                .notFound,
                "Version '\(version.prefix(80))' of pipeline '\(name)' is not deployed. The deployed version is "
                    + "'\(pipeline.current.executable.versionID)'.",
                field: "version"
            )
        }
        let models = served.models(named: name)
        guard let newest = models.first else {
            throw RoostError(.notFound, "No pipeline or model '\(name.prefix(80))' is deployed.", field: "model")
        }
        guard let version else {
            let workspaces = Set(models.map { $0.current.executable.models[0].version.workspace })
            guard workspaces.count == 1 else {
                throw RoostError(
                    .conflict,
                    "Models named '\(name)' are loaded from several workspaces: "
                        + "\(workspaces.sorted().joined(separator: ", ")). Name a version to choose one.",
                    field: "version"
                )
            }
            return newest
        }
        guard let found = models.first(where: { $0.current.executable.versionID == version }) else {
            throw RoostError(
                .notFound,
                "Version '\(version.prefix(80))' of model '\(name)' is not loaded.",
                field: "version"
            )
        }
        return found
    }
}

extension RoostError {
    package static let tooManyWaiting = RoostError(.busy, "Too many requests are waiting. Try again later.")
}
