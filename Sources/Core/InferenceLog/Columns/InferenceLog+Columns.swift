import Files
import Foundation
import Synchronization

extension InferenceLog {
    /// Builds the missing column files whenever a segment was closed, until the log is closed.
    func runColumns() {
        // On Linux, this is the priority of the thread.
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
        while !isClosing {
            columnWork.wait()
            buildColumns()
        }
    }

    /// Builds the column files of all closed segments that have none, and deletes those whose segment is gone.
    func buildColumns() { columnBuilds.withLock { _ in buildMissingColumns() } }

    private func buildMissingColumns() {
        let pipelines = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for pipeline in pipelines {
            let folder = folder + "/" + pipeline
            let segments = Segment.all(in: folder)
            removeStrayColumns(in: folder)
            let open = openSegment(of: pipeline)
            for segment in segments where segment.path != open {
                guard !isClosing else { return }
                if !ColumnFile.isCurrent(segment.columnsPath, segmentBytes: segment.byteCount) {
                    publishColumns(of: segment)
                }
            }
        }
    }

    /// Deletes what an earlier process did not finish.
    static func removeDrafts(in folder: String) {
        for pipeline in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
            let folder = folder + "/" + pipeline
            for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            where name.hasSuffix(".partial") {
                unlink(folder + "/" + name)
            }
        }
    }

    private func removeStrayColumns(in folder: String) {
        segmentNames.withLock { _ in
            let names = Set((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
            for name in names
            where name.hasSuffix(".columns") && !names.contains(name.dropLast("columns".count) + "jsonl") {
                unlink(folder + "/" + name)
            }
        }
    }

    /// Builds the column file of a closed segment. If that fails, the segment's columns are built in memory when they are read.
    private func publishColumns(of segment: Segment) {
        guard let region = ByteRegion(mapping: segment.path) else { return }
        let path = segment.columnsPath
        guard let draft = try? ColumnFile.buildDraft(at: Segment.draftPath(of: path), from: region) else { return }
        segmentNames.withLock { _ in
            // The segment may have been deleted or replaced.
            guard Segment.byteCount(of: segment.path) == region.bytes.count else { return }
            // The file need not survive a crash of the machine: what is missing in it then shows, and it is built again.
            rename(draft.path, path)
        }
    }

    /// Opens the columns of a segment; `nil` if it cannot be read. Builds the column file if it is missing or damaged.
    func columns(of segment: Segment, isOpen: Bool) -> ColumnSource? {
        guard let region = ByteRegion(mapping: segment.path) else { return nil }
        let path = segment.columnsPath
        var table = ColumnTable(path: path, segmentBytes: region.bytes.count)
        if table == nil, !isOpen {
            publishColumns(of: segment)
            table = ColumnTable(path: path, segmentBytes: region.bytes.count)
        }
        return ColumnSource(segment: region, table: table) { [self] in
            _ = segmentNames.withLock { _ in unlink(path) }
            columnWork.signal()
        }
    }
}
