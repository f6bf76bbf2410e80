import Definitions
import Foundation
import NativeAPI
import Words

/// What decides about a pipeline, so that people cannot.
enum PipelineHold: Sendable {
    case release(Release)
    /// The endpoint of that name, whose requests the pipeline answers.
    case endpoint(String)
}

/// What keeps people from changing something now.
extension ConsoleAPI {
    /// The release of a pipeline that is under way, during which nothing else may change what answers.
    func openRelease(of pipeline: String) async throws -> Release? {
        // A pipeline has one at a time, so it is the newest.
        let newest = try await get("/v1/releases", ["pipeline": pipeline, "limit": "1"], as: ReleaseList.self).releases
        return newest.first { $0.state.isOpen }
    }

    /// What decides about a pipeline now instead of the people who look at it; `nil` if nothing does.
    func hold(on pipeline: String) async throws -> PipelineHold? {
        if let release = try await openRelease(of: pipeline) { return .release(release) }
        let endpoint = try? await get("/v1/endpoints/\(Self.escaped(pipeline))", as: Endpoint.self)
        return endpoint.map { .endpoint($0.name) }
    }

    /// Why the deployment of a pipeline cannot be changed now; `nil` if it can.
    func obstacle(toChanging pipeline: String) async throws -> String? {
        switch try await hold(on: pipeline) {
        case .release(let release):
            "The release of \(release.candidate.brief) is under way. Promote it or roll it back first."
        case .endpoint(let name): "It answers the requests to endpoint \(name). Update or delete the endpoint instead."
        case nil: nil
        }
    }

    /// Why a version cannot be deployed now; `nil` if the pipeline's gate admits it, or if there is none.
    func obstacle(toAdmitting version: PipelineVersion, to pipeline: String) async -> String? {
        let path = "/v1/gates/\(Self.escaped(pipeline))"
        guard (try? await get(path, as: Gate.self)) != nil else { return nil }
        for model in version.steps.flatMap(\.answering) {
            let verdict = try? await get(path + "/verdict", ["model": model.description], as: GateVerdict.self)
            if let verdict, !verdict.isAdmitted {
                return "The gate refuses \(model.brief). " + Identifiers.brief(verdict.problems.joined(separator: " "))
            }
        }
        return nil
    }

    /// Why a bucket cannot be deleted now; `nil` if it can.
    func obstacle(toDeletingBucket bucket: String) async throws -> String? {
        let path = "/v1/buckets/\(ConsoleAPI.escaped(bucket))/objects"
        let isEmpty = try await get(path, ["limit": "1"], as: ObjectList.self).objects.isEmpty
        return isEmpty ? nil : "A bucket that has objects cannot be deleted. Empty it first."
    }

    /// Why a suite cannot be deleted now; `nil` if it can.
    func obstacle(toDeletingSuite suite: String) async throws -> String? {
        let found = try await get("/v1/gates", ["suite": suite, "limit": "3"], as: GateList.self)
        guard !found.gates.isEmpty else { return nil }
        let names = Self.names(found.gates.map(\.pipeline), of: found.total)
        return "The gate of \(names) requires it. Remove it from the gate first."
    }

    /// The first names of a list, in a sentence.
    ///
    /// - Parameter count: How many there are, if the list does not have all.
    static func names(_ names: [String], of count: Int? = nil) -> String {
        let rest = (count ?? names.count) - 3
        return names.prefix(3).joined(separator: ", ") + (rest > 0 ? " and \(Numbers.count(rest)) more" : "")
    }
}

extension PageContent {
    /// Offers what decides about a pipeline instead of what cannot be done meanwhile.
    mutating func giveWay(to hold: PipelineHold?) {
        switch hold {
        case .release(let release):
            buttons = [Button(text: "See the release", href: Links.page("releases", release.id), asks: false)]
            whyNot = "Cannot be changed while a release is under way."
        case .endpoint(let name):
            buttons = [Button(text: "See the endpoint", href: Links.page("endpoints", name), asks: false)]
            whyNot = "Its endpoint decides what answers here."
        case nil: break
        }
    }
}

extension ModelUses {
    /// Why the model, or one of its versions, cannot be deleted now; `nil` if it can.
    func obstacle(toDeleting version: String? = nil) -> String? {
        let running = all.filter { $0.isRunning && (version == nil || $0.version == version) }.map(\.pipeline)
        guard !running.isEmpty else { return nil }
        return "It answers in \(ConsoleAPI.names(running)), so it cannot be deleted."
    }
}
