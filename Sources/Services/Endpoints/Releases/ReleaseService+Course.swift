import Catalog
package import Definitions
import Foundation
import Logging
import Statistics

/// The evidence of releases over time. It is there to be looked at; no release depends on it.
extension ReleaseService {
    /// How often it is kept. A server that is killed loses what came since.
    private static let keepInterval: Duration = .seconds(60)

    /// Notes how far a canary has come.
    func note(_ id: String, _ rollout: Rollout) {
        open[id]?.rollout = rollout
        guard let running = open[id] else { return }
        open[id]?.course?.add(
            ReleaseCourse.Moment(
                time: now(),
                share: rollout.share,
                better: ladder(running).map { Evidence.factor($0.logarithm) },
                guardrails: rollout.evidence.watches.map { Evidence.factor($0.evidence.logarithm) }
            )
        )
    }

    /// Keeps the evidence of a canary again and again, as long as it runs.
    func keepCourses(_ id: String) async {
        // What keeps it when the canary ends is not cancelled.
        while (try? await clock.sleep(for: Self.keepInterval)) != nil { await keepCourse(id) }
    }

    func keepCourse(_ id: String) async {
        guard let course = open[id]?.course else { return }
        do {
            try await catalog.save(course, of: id)
        } catch is CancellationError {
            return
        } catch {
            logger.warning("Could not keep a release's evidence", metadata: ["release": "\(id)", "error": "\(error)"])
        }
    }

    /// Returns what an earlier server kept.
    func keptCourse(_ id: String) async -> ReleaseCourse {
        do {
            return try await catalog.course(ofRelease: id)
        } catch {
            logger.warning("Could not read a release's evidence", metadata: ["release": "\(id)", "error": "\(error)"])
            return ReleaseCourse()
        }
    }

    /// Returns the evidence of a release's canary over time, and the guardrails that it is about.
    ///
    /// - Parameter text: As for ``status(_:)``.
    package func course(
        _ text: String
    ) async throws -> (release: Release, guardrails: [ReleaseStatus.Guardrail], course: ReleaseCourse) {
        let release = try await record(text).release
        let guardrails = Self.guardrails(of: release, Rollout(release.definition.rolloutPlan, elapsed: .zero))
        if let course = open[release.id]?.course { return (release, guardrails, course) }
        return (release, guardrails, try await catalog.course(ofRelease: release.id))
    }
}
