import Definitions
import Foundation
import Invocations
import RecordIO
import Runtimes
import Synchronization

/// The child process of a transform job, which runs the model on each object and reports its progress.
package enum TransformProgram {
    /// The hidden `roost` command that runs it.
    package static let command = "batch-transform"

    /// Transforms all objects of a specification.
    ///
    /// - Parameter path: The file with the specification.
    /// - Returns: The exit status.
    package static func run(_ path: String) -> Int32 {
        let spec: TransformSpec
        do {
            spec = try TransformSpec.read(path)
        } catch {
            FileHandle.standardError.write(Data("The specification cannot be read: \(error)\n".utf8))
            return 2
        }
        do {
            let loader = ModelLoader(
                search: RuntimeLibrary.SearchPath(dataFolder: spec.dataFolder),
                scratchFolder: spec.scratchFolder
            )
            let model = try loader.load(
                spec.version.framework,
                path: spec.artifact,
                trees: spec.version.boosting?.trees,
                program: spec.program
            ) { line in
                FileHandle.standardOutput.write(Data("\(line)\n".utf8))
            }
            let transform = try RecordTransform(
                spec.definition,
                framework: spec.version.framework,
                // The signature as read by this release, which determines the outputs.
                signature: model.signature,
                container: XGBoostContainer(
                    image: spec.version.image,
                    environment: (spec.version.environment ?? [:]).merging(spec.definition.environment) { $1 },
                    objective: model.objective
                ),
                model: model
            )
            let reporter = Reporter(token: spec.token)
            for index in spec.objects.indices { run(index, of: spec, transform, reporter) }
            return 0
        } catch {
            var event = TransformEvent(object: nil)
            event.failure = .init(
                recordCount: 0,
                message: (error as? RoostError)?.message ?? "\(error)",
                isOfModel: error is RuntimeError
            )
            Reporter(token: spec.token).report(event)
            return 1
        }
    }

    private static func run(_ index: Int, of spec: TransformSpec, _ transform: RecordTransform, _ reporter: Reporter) {
        let object = spec.objects[index]
        var event = TransformEvent(object: index)
        do throws(ObjectTransform.Failure) {
            let work = try ObjectTransform(
                transform,
                path: object.path,
                cut: cut(spec.definition, spec.version.framework),
                output: object.output
            ) { offset, recordCount in
                reporter.report(index, byteCount: offset, recordCount: recordCount)
            }
            event.recordCount = try work.run(threadCount: spec.threadCount)
            event.contentType = work.contentType
            event.isDone = true
        } catch {
            unlink(object.output)
            event.failure = .init(
                record: error.record,
                recordCount: error.recordCount,
                message: error.message,
                isOfModel: error.isOfModel
            )
        }
        reporter.report(event)
    }

    /// Returns how to cut objects for a model: into large requests for a process, but smaller ones for a runtime, where they are
    /// faster.
    static func cut(_ definition: TransformDefinition, _ framework: Framework) -> RecordReader.Cut {
        let largest = 100 << 20
        let limit = definition.maxPayload == 0 ? largest : min(largest, .bytes(mebibytes: definition.maxPayload))
        // 0 means that any size will do. Most content types can be split by lines.
        let contentType = String((definition.input.contentType ?? "").prefix { $0 != ";" })
        let isFree =
            definition.maxPayload == 0 && framework != .process
            && !["application/json", RecordFrames.contentType].contains(contentType)
        let size = framework == .process ? min(limit, 6 << 20) : min(limit, 1 << 20)
        let split = definition.split == .none && isFree ? .line : definition.split
        return RecordReader.Cut(split: split, size: size, limit: limit)
    }
}

/// Writes events to standard output.
private final class Reporter: Sendable {
    private let token: String
    private let last = Mutex(ContinuousClock.now - .seconds(1))

    init(token: String) { self.token = token }

    func report(_ event: TransformEvent) {
        var line = event.line(token)
        line.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = write(STDOUT_FILENO, rest.baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
    }

    /// Reports progress, unless it was reported just now.
    func report(_ object: Int, byteCount: Int, recordCount: Int) {
        let isDue = last.withLock { last in
            guard last.duration(to: .now) > .milliseconds(250) else { return false }
            last = .now
            return true
        }
        guard isDue else { return }
        var event = TransformEvent(object: object)
        event.byteCount = byteCount
        event.recordCount = recordCount
        report(event)
    }
}
