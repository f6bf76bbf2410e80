extension Simulations {
    /// Releases over several steps, and loops of them.
    static func releases(_ report: inout Report) async {
        for effect in [0, -0.005, -0.01, -0.03] {
            await report.falseAlarms("release, \(effect): promoted", alpha: 0.05) { coin in
                Release(effect: effect).promotion(&coin) != nil
            }
        }
        // A replay ends with evidence from 4 to 6. The rest reaches 20 in all with a probability of at most 6/20.
        for effect in [0, -0.01] {
            await report.falseAlarms("release, \(effect), after evidence of 4 by luck: promoted", alpha: 0.3) { coin in
                Release(effect: effect, enough: 4, isLucky: true).promotion(&coin) != nil
            }
        }
        await report.falseAlarms("200 releases by e-LOND: a promotion is wrong", alpha: 0.05) { coin in
            ReleaseLoop(isControlled: true).isWrong(&coin)
        }
        await report.control("control: release, -0.01, a replay with a better mean", atLeast: 0.2) { coin in
            Release(effect: -0.01).winsReplay(&coin)
        }
        await report.control("control: release, 0, the best of 20 replays counts", atLeast: 0.15) { coin in
            Release(effect: 0, replays: 20).promotion(&coin) != nil
        }
        await report.control("control: release, 0, pairs of the replay count twice", atLeast: 0.1) { coin in
            Release(replay: 5000, effect: 0, enough: 4.5, countsTwice: true).promotion(&coin) != nil
        }
        await report.control("control: 200 releases, each at alpha: a promotion is wrong", atLeast: 0.1) { coin in
            ReleaseLoop(isControlled: false).isWrong(&coin)
        }
        await report.power("release, .90 to .95: promoted", 200...400) { coin in
            Release(effect: 0.05).promotion(&coin)
        }
        await report.power("release, .90 to .95, only a canary: promoted", 2000...3500) { coin in
            Release(replay: 0, shadow: 0, effect: 0.05).promotion(&coin)
        }
        await report.power("release, .90 to .93: promoted", 2000...3200) { coin in
            Release(effect: 0.03).promotion(&coin)
        }
        await report.power("200 releases by e-LOND, 20 of them better: right promotions", 5...20, runs: 200) { coin in
            ReleaseLoop(isControlled: true).promotions(&coin).right
        }
    }
}
