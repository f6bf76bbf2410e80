import Foundation
import RoostClient

extension Demo {
    /// Prints what to look at next.
    ///
    /// - Parameter server: The server, if it was started for the demo.
    func showNextSteps(server: DemoServer?) {
        DemoText.title(6, "Look around")
        DemoText.line(.plain("  In a browser: "), .bold(client.baseURL + "/"))
        print(
            "  It shows what needs you, the verdict and the drift, and the release that is under way. Try a pipeline, or undo it.\n"
        )
        if client.baseURL != RoostClient.defaultURL { print("  export ROOST_URL=\(client.baseURL)") }
        let steps = [
            ("roost pipeline list", "the pipelines, and what they run"),
            ("roost logs demo-shadow", "each inference, with the challengers' outputs"),
            ("roost report demo-split", "why the candidate is better"),
            ("curl \(client.baseURL)/metrics", "the server in numbers, for Prometheus"),
        ]
        let width = steps.map(\.0.count).max() ?? 0
        for (command, note) in steps {
            print("  " + command.padding(toLength: width, withPad: " ", startingAt: 0) + "  " + note)
        }
        print("  roost infer demo-houses --file \(examples.path(data: "houses.json"))")
        guard let server else { return }
        print(
            """

            The server keeps running, as process \(server.process). Its data are in \(server.folder), its log is
            \(server.log). Stop it with 'kill \(server.process)', and start it again with 'roost serve'.
            """
        )
    }
}
