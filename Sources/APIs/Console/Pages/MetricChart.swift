import Definitions
import Foundation
import NativeAPI
import Words

/// What a metric was over a training job, as a chart and a table.
struct MetricChart: Sendable {
    struct Head: Sendable {
        var name: String
        /// The style of the line: gray for the data that is learned from, blue for the rest.
        var kind: String
    }

    struct Cell: Sendable {
        var text: String
        var number: String
    }

    struct Row: Sendable {
        var position: Int
        var cells: [Cell]
    }

    /// The most charts of a job.
    private static let limit = 4
    /// The most values of a line.
    private static let pointLimit = 100

    let title: String
    let label: String
    let heads: [Head]
    let rows: [Row]

    /// Draws `train:rmse` and `validation:rmse` in one chart.
    static func charts(of job: TrainingJob, _ api: ConsoleAPI) async throws -> [MetricChart] {
        var groups: [(title: String, courses: [MetricCourse])] = []
        for metric in job.metrics.prefix(2 * limit) {
            let course = try await api.get(
                "/v1/training-jobs/\(ConsoleAPI.escaped(job.name))/metrics",
                ["name": metric.name, "points": String(pointLimit)],
                as: MetricCourse.self
            )
            // One value is not a course. The table of metrics has it.
            guard course.count > 1, course.values.count == course.positions.count else { continue }
            let title = metric.name.split(separator: ":").last.map(String.init) ?? metric.name
            let index = groups.firstIndex { $0.title == title && $0.courses[0].positions == course.positions }
            if let index { groups[index].courses.append(course) } else { groups.append((title, [course])) }
        }
        return groups.prefix(limit).map { MetricChart($0.title, $0.courses) }
    }

    private init(_ title: String, _ courses: [MetricCourse]) {
        self.title = courses.count == 1 ? courses[0].name : title
        label = "\(self.title) by value"
        heads = courses.map { course in
            Head(name: course.name, kind: courses.count > 1 && course.name.hasPrefix("train") ? "base" : "new")
        }
        rows = courses[0].positions.indices.map { index in
            Row(
                position: courses[0].positions[index],
                cells: courses.map {
                    Cell(text: Numbers.measure($0.values[index]), number: Numbers.exact($0.values[index], gap: "NaN"))
                }
            )
        }
    }
}
